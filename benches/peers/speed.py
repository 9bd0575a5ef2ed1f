"""LightGBM on the made-up million rows of `quality speed`, on one core. One JSON object per line."""

import json
import time

import numpy as np
from lightgbm import LGBMClassifier
from sklearn.metrics import log_loss, roc_auc_score


def unit(at):
    z = (at + np.uint64(1)) * np.uint64(0x9E3779B97F4A7C15)
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return ((z ^ (z >> np.uint64(31))) >> np.uint64(11)).astype(np.float64) / 9007199254740992.0


def made_up(rows, features):
    at = np.arange(rows, dtype=np.uint64) * np.uint64(features + 1)
    x = np.column_stack([unit(at + np.uint64(feature)) for feature in range(features)])
    eta = 4 * (x[:, 0] - 0.5) ** 2 + 2 * x[:, 1] * x[:, 2] - 3 * x[:, 3] + (x[:, 4] > 0.7)
    return x, (unit(at + np.uint64(features)) < 1 / (1 + np.exp(-eta))).astype(int)


def main():
    x, y = made_up(1_000_000, 13)
    model = LGBMClassifier(
        n_estimators=200, learning_rate=0.05, num_leaves=8, subsample=0.8, subsample_freq=1,
        colsample_bytree=0.8, random_state=42, n_jobs=1, verbose=-1,
    )
    start = time.process_time()
    model.fit(x, y)
    fitted = time.process_time()
    probabilities = model.predict_proba(x)[:, 1]
    scored = time.process_time()
    figures = {
        "fit_cpu_s": fitted - start, "score_cpu_s": scored - fitted,
        "auc": roc_auc_score(y, probabilities), "log_loss": log_loss(y, probabilities),
    }
    print(json.dumps({"name": "lightgbm 1M x 13", **{key: round(value, 5) for key, value in figures.items()}}))


main()

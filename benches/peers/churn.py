"""LightGBM and scikit-learn on the folds of gym_churn: `churn.py DIR`. One JSON object per line."""

import json
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd
from lightgbm import LGBMClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss, roc_auc_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

LEAKS = ["Month_to_end_contract", "Avg_class_frequency_current_month"]


def tuned():
    return LGBMClassifier(
        n_estimators=200, learning_rate=0.05, num_leaves=8, subsample=0.8, subsample_freq=1,
        colsample_bytree=0.8, random_state=42, n_jobs=1, deterministic=True, force_row_wise=True, verbose=-1,
    )


def linear():
    return make_pipeline(StandardScaler(), LogisticRegression(C=1.0, max_iter=1000))


def ece(probabilities, outcomes, bins=15):
    place = np.minimum((probabilities * bins).astype(int), bins - 1)
    gaps = [abs((probabilities[place == at] - outcomes[place == at]).sum()) for at in range(bins)]
    return sum(gaps) / len(outcomes)


def measure(name, frame, columns, make):
    x, y = frame[columns], frame["Churn"].to_numpy()
    aucs, losses, eces = [], [], []
    start = time.process_time()
    for repeat in range(5):
        label = frame[f"fold_r{repeat}"].to_numpy()
        pooled = np.zeros(len(y))
        for fold in range(5):
            test = label == fold
            pooled[test] = make().fit(x[~test], y[~test]).predict_proba(x[test])[:, 1]
            aucs.append(roc_auc_score(y[test], pooled[test]))
            losses.append(log_loss(y[test], pooled[test]))
        eces.append(ece(pooled, y))
    figures = {"auc": np.mean(aucs), "log_loss": np.mean(losses), "ece": np.mean(eces)}
    figures["cpu_ms"] = (time.process_time() - start) * 1000 / 25
    print(json.dumps({"name": name, **{key: round(float(value), 5) for key, value in figures.items()}}), flush=True)


def main():
    frame = pd.read_csv(Path(sys.argv[1]) / "gym_churn_us_folds.csv")
    raw = list(frame.columns[:13])
    honest = [name for name in raw if name not in LEAKS]
    for part, columns in (("all", raw), ("no leak", honest), ("sign-up", raw[:8])):
        measure(f"lightgbm {part}", frame, columns, tuned)
        measure(f"logistic {part}", frame, columns, linear)


main()

// Students pay less for memberships, passes and classes: the rule of ../student-discount, in JavaScript.
//
// Amounts are whole minor units up to 2^53 - 1, which numbers hold exactly; no step below goes beyond that.

import settings from "gym:plugins/settings@1.0.0";

const LARGEST = Number.MAX_SAFE_INTEGER;
const FOR_STUDENTS = ["membership", "class-booking", "pass"];

const failure = (code, message) => ({ code, message });

function setting(get, key, fallback, expected, parse) {
  const text = get(key);
  if (text === null || text === undefined) return fallback;
  const value = parse(text);
  if (value === undefined) {
    throw failure("invalid-config", `setting ${key}: ${text} is not accepted; expected ${expected}`);
  }
  return value;
}

// Hundredths of a percent, from a text such as 12.5.
function share(text) {
  const parts = /^(-?)([0-9]+)(?:\.([0-9]{1,2}))?$/.exec(text);
  if (parts === null) return undefined;
  const points = Number(parts[2]) * 100 + Number((parts[3] ?? "0").padEnd(2, "0"));
  return points <= 10_000 && (parts[1] === "" || points === 0) ? points : undefined;
}

function whole(text) {
  return /^[0-9]+$/.test(text) && Number(text) <= 0xffff_ffff ? Number(text) : undefined;
}

function label(text) {
  let bytes = 0;
  for (const character of text) {
    const code = character.codePointAt(0);
    if (code < 0x20 || code === 0x7f) return undefined;
    bytes += code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x1_0000 ? 3 : 4;
  }
  return bytes >= 1 && bytes <= 200 ? text : undefined;
}

function read(get) {
  const percent = "a percentage from 0 to 100 with at most two decimals, such as 12.5";
  return {
    points: setting(get, "percent", 1_000, percent, share),
    most: setting(get, "most", 0, "a whole number from 0 to 4294967295", whole),
    label: setting(get, "label", "Student discount", "1 to 200 bytes without control characters", label),
  };
}

// A share of an amount, rounded once, halves away from zero: the ten-thousands and the rest apart.
function part(amount, points) {
  const rest = (amount % 10_000) * points;
  return Math.trunc(amount / 10_000) * points + Math.trunc((rest + (rest < 0 ? -5_000 : 5_000)) / 10_000);
}

function quote(request) {
  const rule = read((key) => settings.get(key));
  const answer = { adjustments: [], explanation: null, facts: [] };
  if (!request.member?.tags.includes("student")) return answer;
  const { currency } = request.context;
  let saved = 0;
  for (const line of request.lines.filter((line) => FOR_STUDENTS.includes(line.kind))) {
    const price = line.listPrice;
    if (price.currency !== currency) {
      const why = `line ${line.lineId}: ${price.currency} is not accepted; expected ${currency}`;
      throw failure("invalid-input", why);
    }
    const whole = part(price.minorUnits, rule.points);
    const capped = rule.most !== 0 && whole > rule.most;
    const off = capped ? rule.most : whole;
    if (off <= 0) continue;
    if (saved + off > LARGEST) {
      const why = `a sum from ${saved} ${currency}: expected at most ${LARGEST} minor units`;
      throw failure("invalid-input", why);
    }
    saved += off;
    answer.adjustments.push({
      lineId: line.lineId,
      reasonCode: "student",
      label: rule.label,
      change: capped
        ? { tag: "amount-off", val: { minorUnits: rule.most, currency } }
        : { tag: "percent-off", val: rule.points },
      exclusiveGroup: "concession",
      priority: rule.points,
    });
  }
  if (answer.adjustments.length > 0) {
    answer.explanation = `${answer.adjustments.length} of ${request.lines.length} lines`;
    answer.facts.push({ key: "student.saved", value: { tag: "amount", val: { minorUnits: saved, currency } } });
  }
  return answer;
}

// What is thrown and is no failure would end as a trap without a word.
function told(run) {
  try {
    return run();
  } catch (thrown) {
    throw typeof thrown?.code === "string" ? thrown : failure("internal", String(thrown));
  }
}

const asText = (value) => (typeof value === "string" ? value : JSON.stringify(value));

function check(config) {
  const given = JSON.parse(config);
  const known = ["label", "most", "percent"];
  const other = Object.keys(given).find((key) => !known.includes(key));
  if (other !== undefined) {
    throw failure("invalid-config", `setting ${other}: unknown; expected ${known.join(", ")}`);
  }
  read((key) => (key in given ? asText(given[key]) : null));
}

export const lifecycle = {
  describe: () => ({ id: "student-discount-js", version: "1.0.0", vendor: "gym" }),
  checkConfig: (config) => told(() => check(config)),
};

export const pricing = { quotePrice: (request) => told(() => quote(request)) };

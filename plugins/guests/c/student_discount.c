// Students pay less for memberships, passes and classes: the rule of ../student-discount, in C.
//
// gen/ is made from the contract: `wit-bindgen c ../../wit --world pricing-plugin --out-dir gen`.

#include "settings.h"

#include <stdlib.h>
#include <string.h>

#define LARGEST ((INT64_C(1) << 53) - 1)

typedef gym_plugins_types_failure_t failure_t;
typedef gym_plugins_types_money_t money_t;
typedef gym_plugins_pricing_types_line_t line_t;
typedef gym_plugins_pricing_types_quote_t quote_t;

// The settings of an installation: hundredths of a percent, minor units, a line for the invoice.
typedef struct {
  int32_t points;
  int64_t most;
  text_t label;
} rule_t;

static text_t text(const char *literal) {
  return (text_t){(uint8_t *)literal, strlen(literal)};
}

static bool equal(text_t one, text_t other) {
  return one.len == other.len && memcmp(one.ptr, other.ptr, one.len) == 0;
}

static text_t number(uint64_t value) {
  char digits[20];
  size_t at = sizeof digits;
  do digits[--at] = (char)('0' + value % 10); while ((value /= 10) > 0);
  text_t made;
  pricing_plugin_string_dup_n(&made, digits + at, sizeof digits - at);
  return made;
}

static text_t join(const text_t *parts, size_t count) {
  text_t whole = {NULL, 0};
  for (size_t at = 0; at < count; at++) whole.len += parts[at].len;
  whole.ptr = malloc(whole.len);
  if (whole.ptr == NULL) abort();
  for (size_t at = 0, end = 0; at < count; end += parts[at++].len) memcpy(whole.ptr + end, parts[at].ptr, parts[at].len);
  return whole;
}

#define JOIN(...) join((text_t[]){__VA_ARGS__}, sizeof((text_t[]){__VA_ARGS__}) / sizeof(text_t))

static bool fail(failure_t *failure, uint8_t code, text_t message) {
  *failure = (failure_t){code, message};
  return false;
}

// Reads digits from *at on; what is larger than `limit` counts as limit + 1. False without digits.
static bool digits(text_t from, size_t *at, uint64_t limit, uint64_t *value) {
  size_t first = *at;
  for (*value = 0; *at < from.len && from.ptr[*at] >= '0' && from.ptr[*at] <= '9'; (*at)++) {
    *value = *value * 10 + (uint64_t)(from.ptr[*at] - '0');
    if (*value > limit) *value = limit + 1;
  }
  return *at > first;
}

// Reads hundredths of a percent from a text such as 12.5.
static bool read_share(text_t from, rule_t *rule) {
  size_t at = from.len > 0 && from.ptr[0] == '-' ? 1 : 0, negative = at;
  uint64_t whole, rest = 0;
  if (!digits(from, &at, 100, &whole)) return false;
  if (at < from.len && from.ptr[at] == '.') {
    size_t point = at++;
    if (!digits(from, &at, 99, &rest) || at > point + 3) return false;
    if (at == point + 2) rest *= 10;
  }
  uint64_t points = whole * 100 + rest;
  rule->points = (int32_t)points;
  return at == from.len && points <= 10000 && (!negative || points == 0);
}

static bool read_most(text_t from, rule_t *rule) {
  size_t at = 0;
  uint64_t most;
  if (!digits(from, &at, UINT32_MAX, &most)) return false;
  rule->most = (int64_t)most;
  return at == from.len && most <= UINT32_MAX;
}

static bool read_label(text_t from, rule_t *rule) {
  rule->label = from;
  for (size_t at = 0; at < from.len; at++) {
    if (from.ptr[at] < 0x20 || from.ptr[at] == 0x7f) return false;
  }
  return from.len >= 1 && from.len <= 200;
}

// A setting: of what was given to be checked, or of the installation.
static bool get(const members_t *given, text_t key, text_t *value) {
  if (given == NULL) return gym_plugins_settings_get(&key, value);
  for (size_t at = 0; at < given->len; at++) {
    if (!equal(given->ptr[at].name, key)) continue;
    *value = given->ptr[at].value;
    return true;
  }
  return false;
}

static bool read_rule(const members_t *given, rule_t *rule, failure_t *failure) {
  static const struct {
    const char *key, *expected;
    bool (*read)(text_t, rule_t *);
  } settings[] = {
      {"percent", "a percentage from 0 to 100 with at most two decimals, such as 12.5", read_share},
      {"most", "a whole number from 0 to 4294967295", read_most},
      {"label", "1 to 200 bytes without control characters", read_label},
  };
  *rule = (rule_t){1000, 0, text("Student discount")};
  for (size_t at = 0; at < sizeof settings / sizeof *settings; at++) {
    text_t key = text(settings[at].key), value;
    if (!get(given, key, &value) || settings[at].read(value, rule)) continue;
    text_t why = JOIN(text("setting "), key, text(": "), value, text(" is not accepted; expected "), text(settings[at].expected));
    return fail(failure, GYM_PLUGINS_TYPES_FAILURE_CODE_INVALID_CONFIG, why);
  }
  return true;
}

// A share of an amount, rounded once, halves away from zero: the ten-thousands and the rest apart.
static int64_t part(int64_t amount, int32_t points) {
  int64_t rest = amount % 10000 * points;
  return amount / 10000 * points + (rest + (rest < 0 ? -5000 : 5000)) / 10000;
}

static bool is_student(const gym_plugins_pricing_types_option_member_t *member) {
  for (size_t at = 0; member->is_some && at < member->val.tags.len; at++) {
    if (equal(member->val.tags.ptr[at], text("student"))) return true;
  }
  return false;
}

static bool is_for_students(const line_t *line) {
  return line->kind == GYM_PLUGINS_PRICING_TYPES_ITEM_KIND_MEMBERSHIP ||
         line->kind == GYM_PLUGINS_PRICING_TYPES_ITEM_KIND_CLASS_BOOKING ||
         line->kind == GYM_PLUGINS_PRICING_TYPES_ITEM_KIND_PASS;
}

// Adds what is taken off a line to the answer and to what is saved: the share, or the most if the share is more.
static bool adjust(const rule_t *rule, const line_t *line, money_t *saved, quote_t *quote, failure_t *failure) {
  if (!equal(line->list_price.currency, saved->currency)) {
    text_t why = JOIN(text("line "), number(line->line_id), text(": "), line->list_price.currency,
                      text(" is not accepted; expected "), saved->currency);
    return fail(failure, GYM_PLUGINS_TYPES_FAILURE_CODE_INVALID_INPUT, why);
  }
  int64_t whole = part(line->list_price.minor_units, rule->points);
  bool capped = rule->most != 0 && whole > rule->most;
  int64_t off = capped ? rule->most : whole;
  if (off <= 0) return true;
  if (saved->minor_units > LARGEST - off) {
    text_t why = JOIN(text("a sum from "), number((uint64_t)saved->minor_units), text(" "), saved->currency,
                      text(": expected at most "), number(LARGEST), text(" minor units"));
    return fail(failure, GYM_PLUGINS_TYPES_FAILURE_CODE_INVALID_INPUT, why);
  }
  saved->minor_units += off;
  gym_plugins_pricing_types_adjustment_t *adjustment = &quote->adjustments.ptr[quote->adjustments.len++];
  *adjustment = (gym_plugins_pricing_types_adjustment_t){
      .line_id = {true, line->line_id},
      .reason_code = text("student"),
      .label = rule->label,
      .change = {.tag = GYM_PLUGINS_PRICING_TYPES_CHANGE_PERCENT_OFF, .val.percent_off = rule->points},
      .exclusive_group = {true, text("concession")},
      .priority = rule->points,
  };
  if (capped) {
    adjustment->change.tag = GYM_PLUGINS_PRICING_TYPES_CHANGE_AMOUNT_OFF;
    adjustment->change.val.amount_off = (money_t){off, saved->currency};
  }
  return true;
}

bool exports_gym_plugins_pricing_quote_price(gym_plugins_pricing_types_quote_request_t *request, quote_t *quote, failure_t *failure) {
  rule_t rule;
  *quote = (quote_t){0};
  if (!read_rule(NULL, &rule, failure)) return false;
  if (!is_student(&request->member)) return true;
  money_t saved = {0, request->context.currency};
  quote->adjustments.ptr = calloc(request->lines.len, sizeof *quote->adjustments.ptr);
  if (quote->adjustments.ptr == NULL) abort();
  for (size_t at = 0; at < request->lines.len; at++) {
    const line_t *line = &request->lines.ptr[at];
    if (is_for_students(line) && !adjust(&rule, line, &saved, quote, failure)) return false;
  }
  if (quote->adjustments.len == 0) return true;
  text_t explanation = JOIN(number(quote->adjustments.len), text(" of "), number(request->lines.len), text(" lines"));
  quote->explanation = (pricing_plugin_option_string_t){true, explanation};
  quote->facts.ptr = malloc(sizeof *quote->facts.ptr);
  if (quote->facts.ptr == NULL) abort();
  quote->facts.len = 1;
  quote->facts.ptr[0].key = text("student.saved");
  quote->facts.ptr[0].value.tag = GYM_PLUGINS_TYPES_FACT_VALUE_AMOUNT;
  quote->facts.ptr[0].value.val.amount = saved;
  return true;
}

void exports_gym_plugins_lifecycle_describe(exports_gym_plugins_lifecycle_info_t *info) {
  *info = (exports_gym_plugins_lifecycle_info_t){text("student-discount-c"), text("1.0.0"), text("gym")};
}

bool exports_gym_plugins_lifecycle_check_config(text_t *config, failure_t *failure) {
  members_t given;
  size_t wrong;
  if (!read_members(*config, &given, &wrong)) {
    text_t why = JOIN(text("settings: byte "), number(wrong), text(" is not accepted; expected a JSON object"));
    return fail(failure, GYM_PLUGINS_TYPES_FAILURE_CODE_INVALID_CONFIG, why);
  }
  for (size_t at = 0; at < given.len; at++) {
    text_t name = given.ptr[at].name;
    if (equal(name, text("label")) || equal(name, text("most")) || equal(name, text("percent"))) continue;
    text_t why = JOIN(text("setting "), name, text(": unknown; expected label, most, percent"));
    return fail(failure, GYM_PLUGINS_TYPES_FAILURE_CODE_INVALID_CONFIG, why);
  }
  rule_t rule;
  return read_rule(&given, &rule, failure);
}

// Reads settings as the SDK for Rust does: lists and objects are kept as they are written, and so are numbers.

#include "settings.h"

#include <stdlib.h>
#include <string.h>

// How deep lists and objects may be within each other.
#define DEEPEST 32

typedef struct {
  text_t text;
  size_t at;
} cursor_t;

static int peek(const cursor_t *cursor) {
  return cursor->at < cursor->text.len ? cursor->text.ptr[cursor->at] : -1;
}

static bool wrong(cursor_t *cursor, size_t at) {
  cursor->at = at;
  return false;
}

static void blank(cursor_t *cursor) {
  for (int byte = peek(cursor); byte == ' ' || byte == '\t' || byte == '\n' || byte == '\r'; byte = peek(cursor)) cursor->at++;
}

static bool token(cursor_t *cursor, int byte) {
  blank(cursor);
  if (peek(cursor) != byte) return false;
  cursor->at++;
  return true;
}

static bool is_digit(int byte) {
  return byte >= '0' && byte <= '9';
}

static bool hex(cursor_t *cursor, uint32_t *code) {
  if (cursor->text.len - cursor->at < 4) return false;
  *code = 0;
  for (size_t end = cursor->at + 4, at = cursor->at; at < end; at++) {
    int byte = cursor->text.ptr[at], lower = byte | 0x20;
    if (!is_digit(byte) && (lower < 'a' || lower > 'f')) return false;
    *code = *code * 16 + (uint32_t)(is_digit(byte) ? byte - '0' : lower - 'a' + 10);
  }
  cursor->at += 4;
  return true;
}

// Reads the digits of one character, or of the two halves of one beyond 16 bits.
static bool unicode(cursor_t *cursor, uint32_t *code) {
  size_t from = cursor->at;
  if (!hex(cursor, code)) return false;
  if (*code < 0xD800 || *code > 0xDFFF) return true;
  const uint8_t *next = cursor->text.ptr + cursor->at;
  bool paired = *code < 0xDC00 && cursor->text.len - cursor->at >= 2 && next[0] == '\\' && next[1] == 'u';
  if (!paired) return wrong(cursor, from);
  cursor->at += 2;
  uint32_t second;
  if (!hex(cursor, &second)) return false;
  if (second < 0xDC00 || second > 0xDFFF) return wrong(cursor, from);
  *code = 0x10000 + ((*code - 0xD800) << 10) + (second - 0xDC00);
  return true;
}

static void append(text_t *text, uint32_t code) {
  static const uint8_t leads[] = {0, 0xC0, 0xE0, 0xF0};
  unsigned more = code < 0x80 ? 0 : code < 0x800 ? 1 : code < 0x10000 ? 2 : 3;
  text->ptr[text->len++] = (uint8_t)(leads[more] | code >> (6 * more));
  while (more-- > 0) text->ptr[text->len++] = (uint8_t)(0x80 | (code >> (6 * more) & 0x3F));
}

static bool escape(cursor_t *cursor, text_t *text) {
  static const char names[] = "\"\\/bfnrt", means[] = "\"\\/\b\f\n\r\t";
  size_t at = cursor->at++;
  uint32_t code = at < cursor->text.len ? cursor->text.ptr[at] : 0;
  for (size_t n = 0; names[n] != 0; n++) {
    if (code == (uint32_t)names[n]) return append(text, (uint32_t)means[n]), true;
  }
  if (code != 'u') return wrong(cursor, at);
  if (!unicode(cursor, &code)) return false;
  append(text, code);
  return true;
}

static bool string(cursor_t *cursor, text_t *value) {
  if (!token(cursor, '"')) return false;
  size_t end = cursor->at;
  while (end < cursor->text.len && cursor->text.ptr[end] != '"') end += cursor->text.ptr[end] == '\\' ? 2 : 1;
  if (end >= cursor->text.len) return false;
  // What is escaped takes more bytes there than here.
  *value = (text_t){malloc(end - cursor->at), 0};
  if (value->ptr == NULL) abort();
  while (cursor->at < end) {
    uint8_t byte = cursor->text.ptr[cursor->at];
    if (byte < ' ') return false;
    cursor->at++;
    if (byte != '\\') value->ptr[value->len++] = byte;
    else if (!escape(cursor, value)) return false;
  }
  cursor->at = end + 1;
  return true;
}

static size_t digits(const uint8_t *from, const uint8_t *end) {
  size_t count = 0;
  while (from + count < end && is_digit(from[count])) count++;
  return count;
}

static bool is_number(const uint8_t *at, const uint8_t *end) {
  if (at < end && *at == '-') at++;
  size_t whole = digits(at, end);
  if (whole == 0 || (whole > 1 && *at == '0')) return false;
  at += whole;
  if (at < end && *at == '.') {
    size_t decimals = digits(at + 1, end);
    if (decimals == 0) return false;
    at += 1 + decimals;
  }
  if (at < end && (*at | 0x20) == 'e') {
    at++;
    if (at < end && (*at == '+' || *at == '-')) at++;
    size_t exponent = digits(at, end);
    if (exponent == 0) return false;
    at += exponent;
  }
  return at == end;
}

// Reads `true`, `false`, `null` or a number.
static bool word(cursor_t *cursor) {
  static const char *const words[] = {"true", "false", "null"};
  size_t from = cursor->at;
  for (int byte = peek(cursor); (byte >= 'a' && byte <= 'z') || is_digit(byte) || byte == 'E' || byte == '+' || byte == '-' || byte == '.';
       byte = peek(cursor)) {
    cursor->at++;
  }
  const uint8_t *start = cursor->text.ptr + from;
  size_t size = cursor->at - from;
  for (size_t n = 0; n < sizeof words / sizeof *words; n++) {
    if (size == strlen(words[n]) && memcmp(start, words[n], size) == 0) return true;
  }
  return is_number(start, start + size) || wrong(cursor, from);
}

static bool skip(cursor_t *cursor, unsigned depth);

static bool name(cursor_t *cursor, text_t *name) {
  blank(cursor);
  return string(cursor, name) && token(cursor, ':');
}

// Reads past a list or an object, whose members have names.
static bool items(cursor_t *cursor, int open, int close, unsigned depth) {
  if (!token(cursor, open)) return false;
  blank(cursor);
  if (peek(cursor) == close) return token(cursor, close);
  for (;;) {
    text_t ignored;
    if (close == '}' && !name(cursor, &ignored)) return false;
    if (!skip(cursor, depth + 1)) return false;
    blank(cursor);
    if (peek(cursor) != ',') return token(cursor, close);
    cursor->at++;
  }
}

static bool skip(cursor_t *cursor, unsigned depth) {
  text_t ignored;
  blank(cursor);
  if (depth > DEEPEST) return false;
  switch (peek(cursor)) {
    case '"': return string(cursor, &ignored);
    case '[': return items(cursor, '[', ']', depth);
    case '{': return items(cursor, '{', '}', depth);
    default: return word(cursor);
  }
}

static bool value(cursor_t *cursor, text_t *value) {
  blank(cursor);
  if (peek(cursor) == '"') return string(cursor, value);
  size_t from = cursor->at;
  if (!skip(cursor, 0)) return false;
  *value = (text_t){cursor->text.ptr + from, cursor->at - from};
  return true;
}

static bool object(cursor_t *cursor, members_t *members) {
  if (!token(cursor, '{')) return false;
  blank(cursor);
  if (peek(cursor) == '}') return token(cursor, '}');
  for (size_t room = 0;;) {
    if (members->len == room) {
      room = room * 2 + 8;
      members->ptr = realloc(members->ptr, room * sizeof *members->ptr);
      if (members->ptr == NULL) abort();
    }
    member_t *member = &members->ptr[members->len++];
    if (!name(cursor, &member->name) || !value(cursor, &member->value)) return false;
    blank(cursor);
    if (peek(cursor) != ',') return token(cursor, '}');
    cursor->at++;
  }
}

bool read_members(text_t whole, members_t *members, size_t *wrong) {
  cursor_t cursor = {whole, 0};
  *members = (members_t){NULL, 0};
  bool read = object(&cursor, members);
  if (read) blank(&cursor);
  *wrong = cursor.at;
  return read && cursor.at == whole.len;
}

// The members of one JSON object (RFC 8259): what settings need, and no more.

#pragma once

#include "pricing_plugin.h"

typedef pricing_plugin_string_t text_t;

typedef struct {
  text_t name, value;
} member_t;

typedef struct {
  member_t *ptr;
  size_t len;
} members_t;

// Reads an object: strings as their text, other values as they are written. False if it is none, with the byte where.
bool read_members(text_t object, members_t *members, size_t *wrong);

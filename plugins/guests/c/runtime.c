// What a component needs of a C library: memory and a few functions on bytes, so that nothing else is linked in.
//
// Each call meets a fresh instance, which ends with the call: memory is handed out and never taken back.

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define PAGE 65536
#define ALIGNMENT 16

extern unsigned char __heap_base;

static uintptr_t next = 0;

void *malloc(size_t size) {
  if (next == 0) next = ((uintptr_t)&__heap_base + ALIGNMENT - 1) & ~(uintptr_t)(ALIGNMENT - 1);
  // Its size stands before each piece, for realloc.
  size_t room = (size + 2 * ALIGNMENT - 1) & ~(size_t)(ALIGNMENT - 1);
  if (room < size || next + room < next) return NULL;
  size_t pages = (next + room + PAGE - 1) / PAGE, had = __builtin_wasm_memory_size(0);
  if (pages > had && __builtin_wasm_memory_grow(0, pages - had) == (size_t)-1) return NULL;
  unsigned char *piece = (unsigned char *)next + ALIGNMENT;
  ((size_t *)piece)[-1] = size;
  next += room;
  return piece;
}

void free(void *piece) {
  (void)piece;
}

// Memory that was never used is zero.
void *calloc(size_t count, size_t size) {
  return size > 0 && count > SIZE_MAX / size ? NULL : malloc(count * size);
}

void *realloc(void *piece, size_t size) {
  size_t old = piece == NULL ? 0 : ((size_t *)piece)[-1];
  if (piece != NULL && size <= old) return piece;
  void *larger = malloc(size);
  if (larger != NULL) memcpy(larger, piece, old);
  return larger;
}

void abort(void) {
  __builtin_trap();
}

void *memcpy(void *restrict to, const void *restrict from, size_t size) {
  for (size_t at = 0; at < size; at++) ((unsigned char *)to)[at] = ((const unsigned char *)from)[at];
  return to;
}

int memcmp(const void *one, const void *other, size_t size) {
  const unsigned char *a = one, *b = other;
  for (size_t at = 0; at < size; at++) {
    if (a[at] != b[at]) return a[at] < b[at] ? -1 : 1;
  }
  return 0;
}

size_t strlen(const char *text) {
  size_t size = 0;
  while (text[size] != 0) size++;
  return size;
}

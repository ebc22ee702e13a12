#include "unfilter.h"

#include <string.h>

/// The channels of one pixel, as many as there may be.
typedef uint8_t narrow __attribute__((vector_size(8)));
typedef int16_t wide __attribute__((vector_size(16)));

static inline wide load(const uint8_t *bytes, size_t step) {
  narrow pixel = {0};
  memcpy(&pixel, bytes, step);
  return __builtin_convertvector(pixel, wide);
}

static inline wide magnitude(wide value) {
  wide sign = value >> 15;
  return (value ^ sign) - sign;
}

/// Paeth's filter, all channels of a pixel at once and without a branch: libpng's, where it is built without vector code,
/// takes most of the time of a noisy image. `step` is a constant where this is used.
static inline __attribute__((always_inline)) void paeth(uint8_t *row, const uint8_t *before, size_t count, size_t step) {
  wide left = {0}, corner = {0};
  for (size_t at = 0; at + step <= count; at += step) {
    wide up = load(before + at, step);
    wide by_left = up - corner, by_up = left - corner;
    wide to_left = magnitude(by_left), to_up = magnitude(by_up), to_corner = magnitude(by_left + by_up);
    wide is_left = (to_left <= to_up) & (to_left <= to_corner);
    wide is_up = to_up <= to_corner;
    wide guess = (left & is_left) | (~is_left & ((up & is_up) | (corner & ~is_up)));
    left = (load(row + at, step) + guess) & 255;
    corner = up;
    narrow pixel = __builtin_convertvector(left, narrow);
    memcpy(row + at, &pixel, step);
  }
}

static void paeth_of(uint8_t *row, const uint8_t *before, size_t count, size_t step) {
  switch (step) {
    case 1: paeth(row, before, count, 1); break;
    case 2: paeth(row, before, count, 2); break;
    case 3: paeth(row, before, count, 3); break;
    case 4: paeth(row, before, count, 4); break;
    case 6: paeth(row, before, count, 6); break;
    default: paeth(row, before, count, 8); break;
  }
}

void cpngread_unfilter(uint8_t *row, const uint8_t *before, size_t count, size_t step) {
  uint8_t filter = row[0];
  row++;
  before++;
  switch (filter) {
    case 0: return;
    case 1:
      for (size_t at = step; at < count; at++) row[at] = (uint8_t)(row[at] + row[at - step]);
      break;
    case 2:
      for (size_t at = 0; at < count; at++) row[at] = (uint8_t)(row[at] + before[at]);
      break;
    case 3:
      for (size_t at = 0; at < count; at++) {
        unsigned left = at < step ? 0 : row[at - step];
        row[at] = (uint8_t)(row[at] + (left + before[at]) / 2);
      }
      break;
    case 4: paeth_of(row, before, count, step); break;
    default: return;
  }
  row[-1] = 0;
}

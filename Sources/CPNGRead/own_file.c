#include "own_file.h"

#include <isa-l/igzip_lib.h>
#include <stdlib.h>
#include <string.h>

/// Rows that are inflated at once: few enough to stay in the processor's cache.
enum { BAND = 16, SIGNATURE = 8, AROUND = 12 };

/// Rows on their way from the compressed data to the pixels.
struct rows {
  uint8_t *band;
  /// Bytes of a row, with its filter.
  size_t size;
  uint32_t channels;
  uint32_t width;
  uint32_t height;
  /// How many are done.
  uint32_t done;
  uint8_t *pixels;
};

/// How many rows come next.
static uint32_t next_rows(const struct rows *rows) {
  uint32_t left = rows->height - rows->done;
  return left < BAND ? left : BAND;
}

/// Takes the rows of a full band; 0 when one is filtered.
static int take(struct rows *rows) {
  uint32_t count = next_rows(rows);
  for (uint32_t index = 0; index < count; index++) {
    const uint8_t *row = rows->band + index * rows->size;
    if (*row++ != 0) return 0;
    uint8_t *pixel = rows->pixels + (size_t)(rows->done + index) * rows->width * 4;
    if (rows->channels == 3) {
      for (size_t x = 0; x < rows->width; x++) {
        uint32_t word = 0xFF000000u | (uint32_t)row[3 * x] << 16 | (uint32_t)row[3 * x + 1] << 8 | row[3 * x + 2];
        memcpy(pixel + 4 * x, &word, 4);
      }
    } else {
      for (size_t x = 0; x < rows->width; x++) {
        uint32_t word = (uint32_t)row[4 * x + 3] << 24 | (uint32_t)row[4 * x] << 16 | (uint32_t)row[4 * x + 1] << 8
          | row[4 * x + 2];
        memcpy(pixel + 4 * x, &word, 4);
      }
    }
  }
  rows->done += count;
  return 1;
}

/// Inflates the content of a data chunk; 0 when it is not what was promised.
static int inflate_rows(struct inflate_state *state, struct rows *rows, const uint8_t *data, size_t length) {
  state->next_in = (uint8_t *)data;
  state->avail_in = (uint32_t)length;
  while (state->block_state != ISAL_BLOCK_FINISH) {
    uint32_t output = state->avail_out;
    uint32_t input = state->avail_in;
    if (isal_inflate(state) != ISAL_DECOMP_OK) return 0;
    if (state->avail_out == 0) {
      // After the last row there is one byte of room, which nothing may fill.
      if (rows->done == rows->height || !take(rows)) return 0;
      state->next_out = rows->band;
      state->avail_out = rows->done == rows->height ? 1 : (uint32_t)(next_rows(rows) * rows->size);
    } else if (state->avail_in == 0 || (state->avail_in == input && state->avail_out == output)) {
      break;
    }
  }
  return state->avail_in == 0;
}

static int read_rows(
  struct inflate_state *state, struct rows *rows, const uint8_t *bytes, size_t count) {
  isal_inflate_init(state);
  state->crc_flag = ISAL_ZLIB;
  state->next_out = rows->band;
  state->avail_out = (uint32_t)(next_rows(rows) * rows->size);
  for (size_t at = SIGNATURE; count - at >= AROUND;) {
    size_t length =
      (size_t)bytes[at] << 24 | (size_t)bytes[at + 1] << 16 | (size_t)bytes[at + 2] << 8 | (size_t)bytes[at + 3];
    if (length > count - at - AROUND) return 0;
    const uint8_t *name = bytes + at + 4;
    // A transparent colour is for libpng.
    if (memcmp(name, "tRNS", 4) == 0) return 0;
    if (memcmp(name, "IDAT", 4) == 0 && !inflate_rows(state, rows, bytes + at + 8, length)) return 0;
    if (memcmp(name, "IEND", 4) == 0) break;
    at += length + AROUND;
  }
  return rows->done == rows->height && state->block_state == ISAL_BLOCK_FINISH;
}

int cpngread_decode_own(const uint8_t *bytes, size_t count, struct cpngread_header header, uint8_t *pixels) {
  int has_form = header.bits == 8 && (header.color_type == 2 || header.color_type == 6) && !header.is_interlaced;
  if (!has_form || count < SIGNATURE) return 0;
  struct rows rows = {.width = header.width, .height = header.height, .pixels = pixels};
  rows.channels = header.color_type == 2 ? 3 : 4;
  rows.size = (size_t)header.width * rows.channels + 1;
  rows.band = malloc(rows.size * BAND);
  struct inflate_state *state = malloc(sizeof *state);
  int result = rows.band && state && read_rows(state, &rows, bytes, count);
#ifdef __x86_64__
  // ISA-L leaves the upper halves of the vector registers in use, which slows down all older vector code.
  if (__builtin_cpu_supports("avx")) __asm__ volatile("vzeroupper");
#endif
  free(state);
  free(rows.band);
  return result;
}

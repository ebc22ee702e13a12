#include "inflate.h"

#include "unfilter.h"

#include <isa-l/igzip_lib.h>
#include <stdlib.h>
#include <string.h>

/// Bytes before the content of a piece: length and name of the chunk, the two of a zlib header, and the five of a block;
/// the content of a piece; and the checksum after it.
enum { CHUNK = 8, ZLIB = 2, BLOCK = 5, CONTENT = 1 << 15, SUM = 4 };

/// The rows of a pass, or of the image: how many, and their bytes with the filter.
struct pass {
  uint64_t rows;
  uint64_t size;
};

struct cpngread_inflater {
  struct inflate_state state;
  struct pass passes[7];
  int pass;
  int passes_count;
  /// Bytes of a pixel, at least 1.
  size_t step;
  /// Bytes that still come.
  uint64_t left;
  /// True when each piece is a row, whose filter is taken off; rows that are too long for it are left to libpng.
  int has_rows;
  int has_started;
  /// Which of the pieces is filled; the other one has the row above.
  int current;
  uint8_t spare;
  uint8_t pieces[2][CHUNK + ZLIB + BLOCK + CONTENT + SUM];
};

static uint8_t *content(struct cpngread_inflater *inflater, int piece) {
  return inflater->pieces[piece] + CHUNK + ZLIB + BLOCK;
}

/// Finds out which rows come.
static void plan(struct cpngread_inflater *inflater, struct cpngread_header header) {
  static const uint8_t starts[7][4] = {{0, 0, 8, 8}, {4, 0, 8, 8}, {0, 4, 4, 8}, {2, 0, 4, 4},
                                       {0, 2, 2, 4}, {1, 0, 2, 2}, {0, 1, 1, 2}};
  static const uint8_t channels[7] = {1, 0, 3, 1, 2, 0, 4};
  // Depths that do not exist are refused by libpng before any row.
  uint64_t bits = header.color_type < 7 && header.bits <= 16 ? (uint64_t)channels[header.color_type] * header.bits : 0;
  inflater->step = bits < 8 ? 1 : bits / 8;
  inflater->passes_count = 0;
  inflater->pass = 0;
  inflater->left = 0;
  inflater->has_rows = 1;
  for (int index = 0; index < (header.is_interlaced ? 7 : 1); index++) {
    uint64_t x = starts[index][0], y = starts[index][1], step_x = starts[index][2], step_y = starts[index][3];
    if (!header.is_interlaced) x = y = 0, step_x = step_y = 1;
    if (header.width <= x || header.height <= y) continue;
    uint64_t columns = (header.width - x + step_x - 1) / step_x, rows = (header.height - y + step_y - 1) / step_y;
    struct pass pass = {rows, 1 + (columns * bits + 7) / 8};
    inflater->passes[inflater->passes_count++] = pass;
    inflater->left += pass.rows * pass.size;
    if (pass.size > CONTENT) inflater->has_rows = 0;
  }
}

/// Makes room for the next piece. After the last row there is one byte, so that the end of the stream is found.
static void make_room(struct cpngread_inflater *inflater) {
  if (inflater->left == 0) {
    inflater->state.next_out = &inflater->spare;
    inflater->state.avail_out = 1;
    return;
  }
  uint64_t size = inflater->has_rows ? inflater->passes[inflater->pass].size : CONTENT;
  inflater->state.next_out = content(inflater, inflater->current);
  inflater->state.avail_out = inflater->left < size ? (uint32_t)inflater->left : (uint32_t)size;
}

struct cpngread_inflater *cpngread_inflater(struct cpngread_header header) {
  struct cpngread_inflater *inflater = malloc(sizeof *inflater);
  if (!inflater) return NULL;
  isal_inflate_init(&inflater->state);
  inflater->state.crc_flag = ISAL_ZLIB;
  plan(inflater, header);
  inflater->has_started = 0;
  inflater->current = 0;
  memset(inflater->pieces, 0, sizeof inflater->pieces);
  make_room(inflater);
  return inflater;
}

void cpngread_free(struct cpngread_inflater *inflater) { free(inflater); }

static void put(uint8_t *bytes, uint32_t value) {
  for (int index = 0; index < 4; index++) bytes[index] = (uint8_t)(value >> (24 - 8 * index));
}

/// Gives a block of `count` bytes on, that are in the piece, and `after` more.
static void give(
  struct cpngread_inflater *inflater, uint32_t count, int is_last, uint32_t after, cpngread_chunk take, void *context) {
  // Only the first chunk has the header of the stream; the others start where it would end.
  uint8_t *piece = inflater->pieces[inflater->current];
  uint8_t *start = piece + (inflater->has_started ? ZLIB : 0);
  uint8_t *block = piece + CHUNK + ZLIB;
  uint32_t length = (uint32_t)(block - start) - CHUNK + BLOCK + count + after;
  put(start, length);
  memcpy(start + 4, "IDAT", 4);
  if (!inflater->has_started) memcpy(start + CHUNK, "\x78\x01", 2);
  block[0] = is_last ? 1 : 0;
  block[1] = (uint8_t)count;
  block[2] = (uint8_t)(count >> 8);
  block[3] = (uint8_t)~count;
  block[4] = (uint8_t)(~count >> 8);
  inflater->has_started = 1;
  take(context, start, CHUNK + length + SUM);
}

/// Goes on to the next row, or to the next pass, whose first row has nothing above it.
static void next_row(struct cpngread_inflater *inflater) {
  if (--inflater->passes[inflater->pass].rows > 0) {
    inflater->current = !inflater->current;
  } else if (inflater->left > 0) {
    inflater->pass++;
    memset(content(inflater, !inflater->current), 0, CONTENT);
  }
}

int cpngread_inflate(
  struct cpngread_inflater *inflater, const uint8_t *data, size_t length, cpngread_chunk take, void *context) {
  struct inflate_state *state = &inflater->state;
  state->next_in = (uint8_t *)data;
  state->avail_in = (uint32_t)length;
  while (state->block_state != ISAL_BLOCK_FINISH) {
    int result = isal_inflate(state);
#ifdef __x86_64__
    // ISA-L leaves the upper halves of the vector registers in use, which slows down all older vector code.
    if (__builtin_cpu_supports("avx")) __asm__ volatile("vzeroupper");
#endif
    if (result != ISAL_DECOMP_OK) return 0;
    if (state->avail_out > 0) return 1;
    // More than the header promises is for libpng.
    if (inflater->left == 0) return 0;
    uint8_t *row = content(inflater, inflater->current);
    uint32_t count = (uint32_t)(state->next_out - row);
    inflater->left -= count;
    if (inflater->has_rows) cpngread_unfilter(row, content(inflater, !inflater->current), count - 1, inflater->step);
    give(inflater, count, 0, 0, take, context);
    if (inflater->has_rows) next_row(inflater);
    make_room(inflater);
  }
  return 1;
}

int cpngread_finish(struct cpngread_inflater *inflater, cpngread_chunk take, void *context) {
  if (inflater->left > 0 || inflater->state.block_state != ISAL_BLOCK_FINISH) return 0;
  // The sum of the content, which libpng is told not to look at, is anything.
  give(inflater, 0, 1, 4, take, context);
  return 1;
}

#include "CPixels.h"

#include <string.h>

static const uint8_t *at(struct cpixels_image image, size_t x, size_t y, uint32_t bytes) {
  return image.pixels + y * image.stride + x * bytes;
}

static int differ(const uint8_t *first, const uint8_t *second, uint32_t bytes) {
  return bytes == 4 ? memcmp(first, second, 4) != 0 : memcmp(first, second, 8) != 0;
}

/// What differs in a piece of a row that lies in one tile.
struct piece {
  uint32_t count;
  uint32_t first;
  uint32_t last;
};

/// Defines a function that compares at most `CPIXELS_TILE` pixels. The deltas of a pixel that is the same are replaced by
/// a value that is neither the lowest nor the highest.
#define COMPARE_PIECE(NAME, WORD, SAMPLE)                                                                              \
  static struct piece NAME(const uint8_t *first, const uint8_t *second, uint32_t width, struct cpixels_totals *totals) { \
    WORD old[CPIXELS_TILE] = {0}, new[CPIXELS_TILE] = {0};                                                             \
    int32_t same[CPIXELS_TILE];                                                                                        \
    memcpy(old, first, width * sizeof(WORD));                                                                          \
    memcpy(new, second, width * sizeof(WORD));                                                                         \
    struct piece piece = {0, CPIXELS_TILE, 0};                                                                         \
    for (uint32_t x = 0; x < CPIXELS_TILE; x++) same[x] = old[x] == new[x] ? 1 << 20 : 0;                              \
    for (uint32_t x = 0; x < CPIXELS_TILE; x++) {                                                                      \
      if (same[x]) continue;                                                                                           \
      if (piece.count++ == 0) piece.first = x;                                                                         \
      piece.last = x;                                                                                                  \
    }                                                                                                                  \
    for (uint32_t channel = 0; channel < 4; channel++) {                                                               \
      int32_t lowest = totals->lowest[channel], highest = totals->highest[channel];                                    \
      for (uint32_t x = 0; x < CPIXELS_TILE; x++) {                                                                    \
        int32_t delta = (int32_t)(SAMPLE)(new[x] >> channel * 8 * sizeof(SAMPLE))                                      \
          - (int32_t)(SAMPLE)(old[x] >> channel * 8 * sizeof(SAMPLE));                                                 \
        int32_t low = delta + same[x], high = delta - same[x];                                                         \
        lowest = low < lowest ? low : lowest;                                                                          \
        highest = high > highest ? high : highest;                                                                     \
      }                                                                                                                \
      totals->lowest[channel] = lowest;                                                                                \
      totals->highest[channel] = highest;                                                                              \
    }                                                                                                                  \
    return piece;                                                                                                      \
  }

COMPARE_PIECE(compare_shallow, uint32_t, uint8_t)
COMPARE_PIECE(compare_deep, uint64_t, uint16_t)

static void add(struct cpixels_tile *tile, struct piece piece, uint32_t x, uint32_t y) {
  uint16_t left = (uint16_t)(x + piece.first), right = (uint16_t)(x + piece.last + 1);
  if (tile->count == 0) {
    tile->left = left;
    tile->right = right;
    tile->top = (uint16_t)y;
  } else {
    if (left < tile->left) tile->left = left;
    if (right > tile->right) tile->right = right;
  }
  tile->bottom = (uint16_t)(y + 1);
  tile->count += piece.count;
}

struct cpixels_totals cpixels_compare(
  struct cpixels_image first, struct cpixels_image second, uint32_t width, uint32_t height, uint32_t bytes,
  struct cpixels_tile *tiles) {
  struct cpixels_totals totals = {.count = 0};
  for (int channel = 0; channel < 4; channel++) {
    totals.lowest[channel] = 1 << 20;
    totals.highest[channel] = -(1 << 20);
  }
  size_t columns = ((size_t)width + CPIXELS_TILE - 1) / CPIXELS_TILE;
  for (uint32_t y = 0; y < height; y++) {
    const uint8_t *old = at(first, 0, y, bytes), *new = at(second, 0, y, bytes);
    if (memcmp(old, new, (size_t)width * bytes) == 0) continue;
    struct cpixels_tile *row = tiles + y / CPIXELS_TILE * columns;
    for (uint32_t x = 0; x < width; x += CPIXELS_TILE) {
      uint32_t count = width - x < CPIXELS_TILE ? width - x : CPIXELS_TILE;
      const uint8_t *one = old + (size_t)x * bytes, *two = new + (size_t)x * bytes;
      if (memcmp(one, two, (size_t)count * bytes) == 0) continue;
      struct piece piece = bytes == 4 ? compare_shallow(one, two, count, &totals) : compare_deep(one, two, count, &totals);
      add(row + x / CPIXELS_TILE, piece, x, y);
      totals.count += piece.count;
    }
  }
  return totals;
}

uint64_t cpixels_count(
  struct cpixels_image first, struct cpixels_image second, struct cpixels_box box, uint32_t bytes) {
  uint64_t count = 0;
  for (uint32_t y = box.y; y < box.y + box.height; y++) {
    const uint8_t *old = at(first, box.x, y, bytes), *new = at(second, box.x, y, bytes);
    if (memcmp(old, new, (size_t)box.width * bytes) == 0) continue;
    for (size_t x = 0; x < box.width; x++) count += differ(old + x * bytes, new + x * bytes, bytes);
  }
  return count;
}

/// Takes up to `most` pixels of a tile that differ, evenly.
static size_t sample_tile(
  struct cpixels_image first, struct cpixels_image second, uint32_t bytes, const struct cpixels_tile *tile,
  struct cpixels_place *places, size_t most) {
  uint32_t seen = 0;
  size_t taken = 0;
  for (uint32_t y = tile->top; y < tile->bottom; y++) {
    for (uint32_t x = tile->left; x < tile->right; x++) {
      if (!differ(at(first, x, y, bytes), at(second, x, y, bytes), bytes)) continue;
      // The next one is due when the share of those that were seen reaches that of those that were taken.
      if (taken < most && (uint64_t)seen * most >= (uint64_t)taken * tile->count) {
        places[taken++] = (struct cpixels_place){(uint16_t)x, (uint16_t)y};
      }
      seen++;
    }
  }
  return taken;
}

size_t cpixels_sample(
  struct cpixels_image first, struct cpixels_image second, uint32_t width, uint32_t height, uint32_t bytes,
  const struct cpixels_tile *tiles, struct cpixels_place *places, size_t most) {
  size_t columns = ((size_t)width + CPIXELS_TILE - 1) / CPIXELS_TILE;
  size_t rows = ((size_t)height + CPIXELS_TILE - 1) / CPIXELS_TILE;
  size_t filled = 0;
  for (size_t index = 0; index < columns * rows; index++) filled += tiles[index].count > 0;
  if (filled == 0 || most == 0) return 0;
  size_t each = most > filled ? most / filled : 1;
  size_t seen = 0, taken = 0, visited = 0;
  for (size_t index = 0; index < columns * rows && taken < most; index++) {
    if (tiles[index].count == 0) continue;
    if (each > 1 || (uint64_t)seen * most >= (uint64_t)visited * filled) {
      size_t room = most - taken < each ? most - taken : each;
      taken += sample_tile(first, second, bytes, &tiles[index], places + taken, room);
      visited++;
    }
    seen++;
  }
  return taken;
}

int cpixels_is_plain(struct cpixels_image image, struct cpixels_box box, uint32_t bytes) {
  const uint8_t *first = at(image, box.x, box.y, bytes);
  // A row that equals itself one pixel further on has one colour.
  if (memcmp(first, first + bytes, (size_t)(box.width - 1) * bytes) != 0) return 0;
  for (uint32_t y = 1; y < box.height; y++) {
    if (memcmp(first, first + y * image.stride, (size_t)box.width * bytes) != 0) return 0;
  }
  return 1;
}

int cpixels_is_shifted(
  struct cpixels_image first, struct cpixels_image second, struct cpixels_box box, int32_t x, int32_t y, uint32_t bytes) {
  size_t left = (size_t)((int64_t)box.x - x);
  for (uint32_t row = box.y; row < box.y + box.height; row++) {
    const uint8_t *from = at(first, left, (size_t)((int64_t)row - y), bytes);
    if (memcmp(from, at(second, box.x, row, bytes), (size_t)box.width * bytes) != 0) return 0;
  }
  return 1;
}

int cpixels_is_upside_down(
  struct cpixels_image first, struct cpixels_image second, uint32_t width, uint32_t height, uint32_t bytes) {
  for (uint32_t y = 0; y < height; y++) {
    const uint8_t *from = at(first, 0, height - 1 - y, bytes);
    if (memcmp(from, at(second, 0, y, bytes), (size_t)width * bytes) != 0) return 0;
  }
  return 1;
}

int cpixels_is_swapped(
  struct cpixels_image first, struct cpixels_image second, uint32_t width, uint32_t height, uint32_t bytes) {
  for (uint32_t y = 0; y < height; y++) {
    const uint8_t *old = at(first, 0, y, bytes), *new = at(second, 0, y, bytes);
    if (bytes == 4) {
      uint32_t wrong = 0;
      for (size_t x = 0; x < width; x++) {
        uint32_t one, two;
        memcpy(&one, old + x * 4, 4);
        memcpy(&two, new + x * 4, 4);
        wrong |= ((one & 0xFF00FF00) | (one >> 16 & 0xFF) | (one & 0xFF) << 16) ^ two;
      }
      if (wrong) return 0;
    } else {
      uint64_t wrong = 0;
      for (size_t x = 0; x < width; x++) {
        uint64_t one, two;
        memcpy(&one, old + x * 8, 8);
        memcpy(&two, new + x * 8, 8);
        wrong |= ((one & 0xFFFF0000FFFF0000) | (one >> 32 & 0xFFFF) | (one & 0xFFFF) << 32) ^ two;
      }
      if (wrong) return 0;
    }
  }
  return 1;
}

static int is_inside(int64_t x, int64_t y, struct cpixels_box box) {
  return x >= box.x && y >= box.y && x < (int64_t)box.x + box.width && y < (int64_t)box.y + box.height;
}

size_t cpixels_shifts(
  struct cpixels_image first, struct cpixels_image second, uint32_t width, uint32_t height, uint32_t bytes,
  struct cpixels_box box, const struct cpixels_place *places, size_t count, int32_t furthest,
  struct cpixels_shift *shifts, size_t most) {
  struct cpixels_box all = {0, 0, width, height};
  int32_t most_x = box.width / 2 < (uint32_t)furthest ? (int32_t)(box.width / 2) : furthest;
  int32_t most_y = box.height / 2 < (uint32_t)furthest ? (int32_t)(box.height / 2) : furthest;
  size_t found = 0;
  for (int32_t distance = 1; distance <= most_x + most_y; distance++) {
    for (int32_t x = -most_x; x <= most_x; x++) {
      int32_t rest = distance - (x < 0 ? -x : x);
      if (rest < 0 || rest > most_y) continue;
      for (int32_t y = -rest; y <= rest; y += rest > 0 ? 2 * rest : 1) {
        size_t within = 0, reached = 0, right = 0;
        int is_wrong = 0;
        for (size_t index = 0; index < count && !is_wrong; index++) {
          int64_t from_x = (int64_t)places[index].x - x, from_y = (int64_t)places[index].y - y;
          if (!is_inside(from_x, from_y, all)) continue;
          int is_same = !differ(
            at(first, (size_t)from_x, (size_t)from_y, bytes), at(second, places[index].x, places[index].y, bytes), bytes);
          reached++;
          right += is_same;
          if (!is_inside(from_x, from_y, box)) continue;
          within++;
          is_wrong = !is_same;
        }
        if (is_wrong) continue;
        if (!(right == reached && reached * 2 >= count) && within * 2 < count) continue;
        if (found == most) return found;
        shifts[found++] = (struct cpixels_shift){(int16_t)x, (int16_t)y};
      }
    }
  }
  return found;
}

void cpixels_mark(
  struct cpixels_image first, struct cpixels_image second, uint32_t width, uint32_t height, uint32_t bytes,
  uint8_t *canvas, size_t stride, uint32_t mark) {
  for (uint32_t y = 0; y < height; y++) {
    const uint8_t *old = at(first, 0, y, bytes), *new = at(second, 0, y, bytes);
    if (memcmp(old, new, (size_t)width * bytes) == 0) continue;
    uint8_t *row = canvas + y * stride;
    for (size_t x = 0; x < width; x++) {
      if (differ(old + x * bytes, new + x * bytes, bytes)) memcpy(row + x * 4, &mark, 4);
    }
  }
}

void cpixels_widen(const uint8_t *pixels, uint16_t *samples, size_t count) {
  for (size_t index = 0; index < count; index++) {
    const uint8_t *pixel = pixels + index * 4;
    uint16_t *sample = samples + index * 4;
    sample[0] = (uint16_t)(pixel[2] * 257);
    sample[1] = (uint16_t)(pixel[1] * 257);
    sample[2] = (uint16_t)(pixel[0] * 257);
    sample[3] = (uint16_t)(pixel[3] * 257);
  }
}

int cpixels_is_opaque(const uint8_t *pixels, size_t count, uint32_t bytes) {
  // Looked at in parts, so that most images are known after the first.
  for (size_t start = 0; start < count; start += 4096) {
    size_t end = count - start < 4096 ? count : start + 4096;
    unsigned all = 0xFFFF;
    if (bytes == 4) {
      for (size_t index = start; index < end; index++) all &= pixels[index * 4 + 3] | 0xFF00u;
    } else {
      for (size_t index = start; index < end; index++) {
        all &= pixels[index * 8 + 6] | (unsigned)pixels[index * 8 + 7] << 8;
      }
    }
    if (all != 0xFFFF) return 0;
  }
  return 1;
}

void cpixels_fill_alpha(uint8_t *pixels, size_t count, uint32_t bytes) {
  for (size_t index = 0; index < count; index++) {
    if (bytes == 4) {
      pixels[index * 4 + 3] = 0xFF;
    } else {
      pixels[index * 8 + 6] = 0xFF;
      pixels[index * 8 + 7] = 0xFF;
    }
  }
}

int cpixels_needs_sixteen_bits(const uint16_t *samples, size_t count) {
  for (size_t start = 0; start < count; start += 4096) {
    size_t end = count - start < 4096 ? count : start + 4096;
    unsigned rest = 0;
    for (size_t index = start; index < end; index++) rest |= (samples[index] >> 8) ^ (samples[index] & 0xFF);
    if (rest) return 1;
  }
  return 0;
}

size_t cpixels_pack(const uint16_t *samples, size_t count, uint32_t channels, uint8_t *bytes) {
  uint8_t *next = bytes;
  for (size_t pixel = 0; pixel < count; pixel++) {
    for (uint32_t channel = 0; channel < channels; channel++) {
      uint16_t sample = samples[pixel * 4 + channel];
      *next++ = (uint8_t)(sample >> 8);
      *next++ = (uint8_t)sample;
    }
  }
  return (size_t)(next - bytes);
}

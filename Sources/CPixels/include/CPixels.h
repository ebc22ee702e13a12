// Loops over all pixels of two images, which a compiler turns into vector code.
//
// A pixel has four bytes, or four native 16-bit samples: `bytes` is 4 or 8. Callers name only pixels that are there.
#ifndef CPIXELS_H
#define CPIXELS_H

#include <stddef.h>
#include <stdint.h>

/// The sides of a tile in pixels.
#define CPIXELS_TILE 16

/// Pixels of an image: rows that lie `stride` bytes apart.
struct cpixels_image {
  const uint8_t *pixels;
  size_t stride;
};

/// A part of an image.
struct cpixels_box {
  uint32_t x;
  uint32_t y;
  uint32_t width;
  uint32_t height;
};

/// What differs in one tile: how many pixels, and the box around them, without its right and bottom edges.
struct cpixels_tile {
  uint32_t count;
  uint16_t left;
  uint16_t top;
  uint16_t right;
  uint16_t bottom;
};

/// What differs in all. Of each channel, in the order of memory: the lowest and the highest second value minus first, over
/// the pixels that differ.
struct cpixels_totals {
  uint64_t count;
  int32_t lowest[4];
  int32_t highest[4];
};

/// The place of a pixel.
struct cpixels_place {
  uint16_t x;
  uint16_t y;
};

/// How far content moved to the right and down.
struct cpixels_shift {
  int16_t x;
  int16_t y;
};

/// Compares what two images have in common, from their top left corners, in one pass. `tiles` are all zero, row by row.
struct cpixels_totals cpixels_compare(
  struct cpixels_image first, struct cpixels_image second, uint32_t width, uint32_t height, uint32_t bytes,
  struct cpixels_tile *tiles);

/// The number of pixels that differ in a part of both.
uint64_t cpixels_count(
  struct cpixels_image first, struct cpixels_image second, struct cpixels_box box, uint32_t bytes);

/// Finds up to `most` pixels that differ, spread over the tiles that `cpixels_compare` filled; gives their number.
size_t cpixels_sample(
  struct cpixels_image first, struct cpixels_image second, uint32_t width, uint32_t height, uint32_t bytes,
  const struct cpixels_tile *tiles, struct cpixels_place *places, size_t most);

/// True when all pixels of a part are the same.
int cpixels_is_plain(struct cpixels_image image, struct cpixels_box box, uint32_t bytes);

/// True when a part of `second` is the one of `first` that lies `x` further left and `y` further up.
int cpixels_is_shifted(
  struct cpixels_image first, struct cpixels_image second, struct cpixels_box box, int32_t x, int32_t y, uint32_t bytes);

/// True when `second` has the rows of `first` in reverse order.
int cpixels_is_upside_down(
  struct cpixels_image first, struct cpixels_image second, uint32_t width, uint32_t height, uint32_t bytes);

/// True when `second` is `first` with the first and the third channel of each pixel exchanged.
int cpixels_is_swapped(
  struct cpixels_image first, struct cpixels_image second, uint32_t width, uint32_t height, uint32_t bytes);

/// Finds up to `most` shifts, the smallest first, of at most `furthest` pixels and half of the box, that may turn `first`
/// into `second` inside the box, by the pixels at `places` alone; gives their number.
///
/// A pixel that comes from inside the box must be right. Either all of the others must be too, as far as the image
/// reaches, or half of the places come from inside.
size_t cpixels_shifts(
  struct cpixels_image first, struct cpixels_image second, uint32_t width, uint32_t height, uint32_t bytes,
  struct cpixels_box box, const struct cpixels_place *places, size_t count, int32_t furthest,
  struct cpixels_shift *shifts, size_t most);

/// Gives each pixel of `canvas` the word `mark` whose pixels in both images differ.
void cpixels_mark(
  struct cpixels_image first, struct cpixels_image second, uint32_t width, uint32_t height, uint32_t bytes,
  uint8_t *canvas, size_t stride, uint32_t mark);

/// Turns pixels of four bytes, blue, green, red, alpha, into the samples of 16 bits that are the same, red first.
void cpixels_widen(const uint8_t *pixels, uint16_t *samples, size_t count);

/// True when the alpha of every pixel is full.
int cpixels_is_opaque(const uint8_t *pixels, size_t count, uint32_t bytes);

/// Makes the alpha of every pixel full.
void cpixels_fill_alpha(uint8_t *pixels, size_t count, uint32_t bytes);

/// True when a sample is not one of eight bits times 257.
int cpixels_needs_sixteen_bits(const uint16_t *samples, size_t count);

/// Writes the samples of pixels as PNG has them, the high byte first: `channels` of four. Gives the number of bytes.
size_t cpixels_pack(const uint16_t *samples, size_t count, uint32_t channels, uint8_t *bytes);

#endif

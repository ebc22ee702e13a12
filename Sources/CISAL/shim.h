#include <isa-l/igzip_lib.h>

/// Huffman codes for frames, for level 0, which does not compute its own. Most bytes repeat the row above, the previous
/// pixel or the one before it, in matches of the greatest length, and few are literals. The weights come from frames of
/// desktops, consoles and test images. They determine the bytes of the files, so they never change.
static inline int cisal_frame_codes(struct isal_hufftables *codes) {
  struct isal_huff_histogram weights = {0};
  for (int i = 0; i < 256; i++) weights.lit_len_histogram[i] = 8;
  weights.lit_len_histogram[0] = 64;
  weights.lit_len_histogram[255] = 32;
  weights.lit_len_histogram[256] = 1;
  for (int i = 257; i < 286; i++) weights.lit_len_histogram[i] = 100;
  weights.lit_len_histogram[257] = 600;
  weights.lit_len_histogram[258] = 400;
  weights.lit_len_histogram[259] = 300;
  weights.lit_len_histogram[285] = 6000;
  for (int i = 0; i < 30; i++) weights.dist_histogram[i] = 60;
  weights.dist_histogram[0] = 600;
  weights.dist_histogram[2] = 4000;
  weights.dist_histogram[3] = 600;
  return isal_create_hufftables(codes, &weights);
}

/// isal_deflate, which leaves the upper halves of the vector registers in use: all older vector code that runs on the
/// thread afterwards (pixman's, xxHash's) would take up to three times as long. This clears them.
static inline int cisal_deflate(struct isal_zstream *stream) {
  int result = isal_deflate(stream);
#ifdef __x86_64__
  if (__builtin_cpu_supports("avx")) __asm__ volatile("vzeroupper");
#endif
  return result;
}

#include <isa-l/igzip_lib.h>

/// Bytes of the work buffer for level 1: a sum of macros, which Swift does not see.
enum { cisal_level_1_work = ISAL_DEF_LVL1_DEFAULT };

/// isal_deflate, which leaves the upper halves of the vector registers in use: all older vector code that runs on the
/// thread afterwards (pixman's, xxHash's) would take up to three times as long. This clears them.
static inline int cisal_deflate(struct isal_zstream *stream) {
  int result = isal_deflate(stream);
#ifdef __x86_64__
  if (__builtin_cpu_supports("avx")) __asm__ volatile("vzeroupper");
#endif
  return result;
}

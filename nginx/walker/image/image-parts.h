/* What the files of the image share: image.c (where everything is), reserve.c (before the freeze), copy.c (in it). */
#ifndef HW_IMAGE_PARTS_H
#define HW_IMAGE_PARTS_H

#include "image/image.h"

/*
** image.c: make regions of the heaps that maps has; none has a place in the copy yet. Returns their size; 0 with im->regions
** NULL when memory ran out.
*/
size_t image_layout(struct image *im, const struct maps *maps);
/* reserve.c: map an arena for the copies, and a page to spare. Returns 0, or -1 with errno. */
int image_map(struct image *im, size_t size);

#endif

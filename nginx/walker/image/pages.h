/* Which pages of an image were resident in the process: what its memory weighs, as against what it spans. */
#ifndef HW_PAGES_H
#define HW_PAGES_H

#include "image/image.h"

struct pages {
	const struct image *im;
	uint8_t *present;	/* one byte per page of the image's copy */
	size_t count;
};

/* Read the page map for all regions of the image; the process stands still. Returns 0, or -1 with errno. */
int pages_read(struct pages *p, const struct image *im, pid_t pid);
/* What the page map says of `count` pages of one region. */
void pages_set(struct pages *p, uint64_t start, const uint64_t *entries, size_t count);
void pages_free(struct pages *p);

/* Resident bytes of [start, end); what lies outside of the image counts nothing. */
uint64_t pages_resident(const struct pages *p, uint64_t start, uint64_t end);

/*
** The page map counts the kernel's page of zeros, Rss does not: take up to `excess` bytes of pages that hold
** nothing but zeros out of [start, end). Returns the bytes taken out.
*/
uint64_t pages_drop_zeros(struct pages *p, uint64_t start, uint64_t end, uint64_t excess);

#endif

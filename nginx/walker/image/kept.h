/*
** Memory of the image that a clone of the process lacks, since the process told the kernel so (MADV_DONTFORK, MADV_WIPEONFORK; the C
** library does for its random numbers): read from the process itself, before it is cloned.
*/
#ifndef HW_KEPT_H
#define HW_KEPT_H

#include "image/pages.h"
#include "target/areas.h"

struct kept_area {
	uint64_t start;
	size_t pages;
	uint64_t *entries;	/* of the page map */
	uint8_t *bytes;
};

struct kept {
	struct kept_area *list;
	size_t count;
};

/* The process stands still. Returns 0, or -1 with errno. */
int kept_read(struct kept *k, const struct areas *areas, pid_t pid);
/* Into the copy that was made of the clone. */
void kept_put(const struct kept *k, struct image *im);
/* And into what was resident in it. */
void kept_mark(const struct kept *k, struct pages *p);
void kept_free(struct kept *k);

#endif

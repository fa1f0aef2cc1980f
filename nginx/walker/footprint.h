/* Where all of a process's memory is: rows that sum to its resident set. */
#ifndef HW_FOOTPRINT_H
#define HW_FOOTPRINT_H

#include "code-files.h"
#include "fill.h"
#include "machine-code.h"

/* What had to be read while the process stood still. */
struct footprint {
	bool known;			/* all of it was read */
	struct areas areas;
	uint64_t rss;			/* of smaps_rollup, in the same freeze */
	struct pages pages;
	struct zones zones;
	struct libc_data libc;
	struct machine_code code;
	struct zero_data_list zero_data;
};

/* Returns 0, or -1 with errno. Called while the process stands still, after its image was copied. */
int footprint_read(struct footprint *f, const struct image *im, const struct maps *maps, const struct symbols *s, struct zone_arena *arena, pid_t pid);
void footprint_free(struct footprint *f);

/* Write "rss":N,"rows":[...]. The image is as it was copied, marks apart. False when memory runs out. */
bool footprint_write(FILE *out, struct footprint *f, struct image *im, const struct vm_share *shares, size_t count);

#endif

/* Where all of a process's memory is: rows that sum to its resident set. */
#ifndef HW_FOOTPRINT_H
#define HW_FOOTPRINT_H

#include "areas.h"
#include "glibc.h"
#include "mark.h"
#include "zones.h"

#include <stdio.h>

enum { MAX_CODE_AREAS = 4096 };

/* An area of machine code with LuaJIT's link at its start. */
struct code_area {
	uint64_t start, next, size;
};

/* Zero-initialised data of the file that is mapped first at areas.list[area]. */
struct zero_data {
	size_t area;
	uint64_t start, end;
};

/* What had to be read while the process stood still. */
struct footprint {
	bool known;			/* all of it was read */
	struct areas areas;
	uint64_t rss;			/* of smaps_rollup, in the same freeze */
	struct pages pages;
	struct zones zones;
	struct libc_data libc;
	struct code_area *code;
	size_t ncode;
	struct zero_data *zero_data;
	size_t nzero_data;
};

/* Returns 0, or -1 with errno. Called while the process stands still, after its image was copied. */
int footprint_read(struct footprint *f, const struct image *im, const struct maps *maps, const struct symbols *s, pid_t pid);
void footprint_free(struct footprint *f);

/* One VM's part of the rows. */
struct vm_share {
	const struct vm *vm;
	struct tally reachable[NTYPES], fixed;
};

/* Write "rss":N,"rows":[...]. The image is as it was copied, marks apart. False when memory runs out. */
bool footprint_write(FILE *out, struct footprint *f, struct image *im, const struct vm_share *shares, size_t count);

#endif

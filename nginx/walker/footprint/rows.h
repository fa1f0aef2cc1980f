/* Rows of the process's memory, as resty-heap/1 has them: a category, a name, and bytes that sum to the resident set. */
#ifndef HW_ROWS_H
#define HW_ROWS_H

#include "zones/zones.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

struct row {
	const char *category, *name, *how;
	char vm[24];
	const struct zone *zone;
	int64_t bytes;			/* resident */
	bool has_used;
	uint64_t used;			/* bytes in use, resident or not */
};

struct rows {
	struct row *list;
	size_t count, room;
	bool failed;
};

struct row *rows_add(struct rows *r, const char *category, const char *name, const char *how);
/* The row of that name; mappings of one kind come together in one. */
struct row *rows_of(struct rows *r, const char *category, const char *name, const char *how);
int64_t rows_sum(const struct rows *r);
/* Those that hold something, as the items of a JSON array. */
void rows_write(FILE *out, const struct rows *r);

#endif

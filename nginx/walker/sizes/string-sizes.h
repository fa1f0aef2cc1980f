/* Strings by their size, and the largest of them with their paths. What is in them is not looked at. */
#ifndef HW_STRING_SIZES_H
#define HW_STRING_SIZES_H

#include "sizes/size-classes.h"

enum { LARGEST_STRINGS = 16 };

struct large_string {
	uint64_t address, bytes;
	uint32_t node;
};

struct string_sizes {
	struct size_classes classes;
	struct large_string largest[LARGEST_STRINGS];	/* the largest first */
	unsigned count;
};

/* Count a string at a path, its bytes as an object; sign -1 takes it away, since it comes at another path at once. */
void string_sizes_count(struct string_sizes *s, struct large_string string, int64_t sign);

#endif

/* Things by their size: a class for each power of two, which has those of up to so many bytes. */
#ifndef HW_SIZE_CLASSES_H
#define HW_SIZE_CLASSES_H

#include "base/tally.h"

#include <stdio.h>

enum { SIZE_CLASSES = 65 };

struct size_classes {
	struct tally of[SIZE_CLASSES];	/* [n]: of more than 2^(n-1) bytes, and up to 2^n */
};

/* Sign -1 takes one away again. */
static inline void size_classes_count(struct size_classes *c, uint64_t size, int64_t sign)
{
	struct tally *t = &c->of[size > 1 ? 64 - __builtin_clzll(size - 1) : 0];

	t->objects += (uint64_t)sign;
	t->bytes += (uint64_t)sign * size;
}

/* Write [[64,3,150],...]: most bytes that one of the class has, how many there are, their bytes. Classes without any are left out. */
void size_classes_json(FILE *out, const struct size_classes *c);

#endif

/* Where the class of a table is defined: the functions that its metatable gives it. */
#ifndef HW_CLASS_H
#define HW_CLASS_H

#include "base/pair-map.h"

/* The functions of a class are all from one file. */
struct class {
	uint64_t file;			/* address of the chunk name; 0: from several files, which says nothing */
	uint32_t line;			/* of the first of them */
	const uint8_t *proto;		/* its GCproto's copy */
};

struct classes {
	struct class **list;
	size_t count, room;
	struct pair_map of_method;	/* first method's prototype -> 1 + index in list */
	struct pair_map of_metatable;	/* address -> 1 + index in list; 0: none */
};

/* What classes of one path have in common: the first function of their file, or that there are several files. */
const struct class *class_common(const struct class *a, const struct class *b);
void classes_free(struct classes *c);

#endif

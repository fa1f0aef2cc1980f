#include "paths/class.h"

#include <stdlib.h>
#include <string.h>

static const struct class several_files;

const struct class *class_common(const struct class *a, const struct class *b)
{
	if (!a || !b)
		return a ? a : b;
	if (a->file != b->file)
		return &several_files;
	return a->line <= b->line ? a : b;
}

void classes_free(struct classes *c)
{
	for (size_t i = 0; i < c->count; i++)
		free(c->list[i]);
	free(c->list);
	pair_map_clear(&c->of_method);
	pair_map_clear(&c->of_metatable);
	memset(c, 0, sizeof(*c));
}

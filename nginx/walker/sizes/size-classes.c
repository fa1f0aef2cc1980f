#include "sizes/size-classes.h"

#include <inttypes.h>

void size_classes_json(FILE *out, const struct size_classes *c)
{
	const char *comma = "";

	fputc('[', out);
	for (int i = 0; i < SIZE_CLASSES; i++) {
		const struct tally *t = &c->of[i];

		if (t->objects == 0)
			continue;
		fprintf(out, "%s[%" PRIu64 ",%" PRIu64 ",%" PRIu64 "]", comma, i < 64 ? UINT64_C(1) << i : UINT64_MAX, t->objects, t->bytes);
		comma = ",";
	}
	fputc(']', out);
}

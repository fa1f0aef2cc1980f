#include "sizes/free-chunks.h"

#include <inttypes.h>

void free_chunks_count(struct free_chunks *f, uint64_t size)
{
	size_classes_count(&f->sizes, size, 1);
	if (size > f->largest)
		f->largest = size;
}

void free_chunks_json(FILE *out, const struct free_chunks *f)
{
	struct tally sum = {0, 0};

	for (int i = 0; i < SIZE_CLASSES; i++) {
		sum.objects += f->sizes.of[i].objects;
		sum.bytes += f->sizes.of[i].bytes;
	}
	fprintf(out, "\"free\":[%" PRIu64 ",%" PRIu64 "],\"largestFree\":%" PRIu64 ",\"top\":%" PRIu64 ",\"sizes\":", sum.objects, sum.bytes,
		f->largest, f->top);
	size_classes_json(out, &f->sizes);
}

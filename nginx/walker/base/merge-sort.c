/* musl's qsort() moves each item by a call of memcpy(), which costs it more than most comparisons do. */
#include "base/merge-sort.h"

#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { FEW_BYTES = 1024 };	/* mostly few are sorted, such as the paths below one */

struct sort {
	uint8_t *list, *aside;	/* aside: room for as many items */
	size_t size;
	int (*order)(const void *a, const void *b);
};

static inline void move(uint8_t *to, const uint8_t *from, size_t size)
{
	for (size_t i = 0; i < size; i += 4)
		memcpy(to + i, from + i, 4);	/* one instruction each */
}

/* Two neighbouring parts, each in order, become one. */
static void merge(const struct sort *s, size_t begin, size_t middle, size_t end)
{
	uint8_t *to = s->list + begin * s->size, *left = s->aside, *right = s->list + middle * s->size;
	const uint8_t *left_end = left + (middle - begin) * s->size, *right_end = s->list + end * s->size;

	if (s->order(right - s->size, right) <= 0)
		return;
	move(left, to, (size_t)(left_end - left));
	for (; left < left_end && right < right_end; to += s->size) {
		uint8_t **least = s->order(left, right) <= 0 ? &left : &right;

		move(to, *least, s->size);
		*least += s->size;
	}
	move(to, left, (size_t)(left_end - left));	/* what is left of the right part is in its place */
}

void merge_sort(void *list, size_t count, size_t item_size, int (*order)(const void *a, const void *b))
{
	struct sort s = {.list = list, .size = item_size, .order = order};
	uint64_t few[FEW_BYTES / sizeof(uint64_t)];

	assert(item_size % 4 == 0);
	if (count < 2)
		return;
	s.aside = count * item_size <= sizeof(few) ? (uint8_t *)few : malloc(count * item_size);
	if (!s.aside) {
		qsort(list, count, item_size, order);
		return;
	}
	for (size_t width = 1; width < count; width *= 2)
		for (size_t begin = 0; begin + width < count; begin += 2 * width)
			merge(&s, begin, begin + width, begin + 2 * width < count ? begin + 2 * width : count);
	if (s.aside != (uint8_t *)few)
		free(s.aside);
}

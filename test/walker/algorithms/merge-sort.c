/* Checks merge-sort.c on lists of every length up to MOST: in order, backwards, and at random with many alike. */
#include "base/merge-sort.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

enum { MOST = 300, KINDS = 7 };

/* As many bytes as no power of two has. */
struct item {
	uint32_t key, place, more;
};

static size_t comparisons;

static int by_key(const void *a, const void *b)
{
	const struct item *x = a, *y = b;

	comparisons++;
	return (x->key > y->key) - (x->key < y->key);
}

static int fail(const char *what, size_t count)
{
	printf("%s of %zu items\n", what, count);
	return 1;
}

/* 0 where the list is sorted, those alike are as they were, and each is whole. */
static int check(struct item *list, size_t count, const char *what)
{
	for (size_t i = 0; i < count; i++) {
		list[i].place = (uint32_t)i;
		list[i].more = list[i].key ^ (uint32_t)i;
	}
	comparisons = 0;
	merge_sort(list, count, sizeof(*list), by_key);
	for (size_t i = 0; i < count; i++) {
		if (list[i].more != (list[i].key ^ list[i].place))
			return fail(what, count);
		if (i > 0 && (list[i - 1].key > list[i].key || (list[i - 1].key == list[i].key && list[i - 1].place >= list[i].place)))
			return fail(what, count);
	}
	return 0;
}

int main(void)
{
	srand(1);
	for (size_t count = 0; count <= MOST; count++) {
		struct item *list = malloc((count + 1) * sizeof(*list));
		int failed = 0;

		for (size_t i = 0; i < count; i++)
			list[i].key = (uint32_t)i;
		failed = check(list, count, "not in order: an ordered list");
		if (count > 0 && comparisons != count - 1)
			failed = fail("too many comparisons for an ordered list", count);
		for (size_t i = 0; i < count; i++)
			list[i].key = (uint32_t)(count - i);
		failed |= check(list, count, "not in order: a reversed list");
		for (size_t i = 0; i < count; i++)
			list[i].key = (uint32_t)rand() % KINDS;
		failed |= check(list, count, "not in order: a list with many alike");
		free(list);
		if (failed)
			return 1;
	}
	return 0;
}

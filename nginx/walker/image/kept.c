#include "image/kept.h"
#include "target/pagemap.h"
#include "base/page.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Bits 63 and 62 of a page map's entry: resident, or swapped. */
static bool holds_anything(uint64_t entry)
{
	return entry >> 62 != 0;
}

static int read_area(struct kept_area *k, const struct mapping *m, int pagemap, pid_t pid)
{
	k->start = m->start;
	k->pages = (size_t)((m->end - m->start) / PAGE);
	k->entries = calloc(k->pages, sizeof(*k->entries));
	k->bytes = calloc(k->pages, PAGE);
	if (!k->entries || !k->bytes) {
		errno = ENOMEM;
		return -1;
	}
	if (pagemap_read(pagemap, pid, k->start, k->entries, k->pages) != 0)
		return -1;
	for (size_t i = 0; i < k->pages; i++)
		if (holds_anything(k->entries[i]) && memory_read(pid, raddr(k->start + i * PAGE), k->bytes + i * PAGE, PAGE) != 0)
			return -1;
	return 0;
}

int kept_read(struct kept *k, const struct areas *areas, pid_t pid)
{
	const int pagemap = pagemap_open(pid);
	int result = pagemap < 0 ? -1 : 0;

	memset(k, 0, sizeof(*k));
	k->list = calloc(areas->count + 1, sizeof(*k->list));
	if (!k->list)
		result = -1;
	for (size_t i = 0; result == 0 && i < areas->count; i++)
		if (areas->list[i].lost_by_fork && area_in_image(&areas->list[i]))
			result = read_area(&k->list[k->count++], &areas->list[i].m, pagemap, pid);
	if (pagemap >= 0)
		close(pagemap);
	return result;
}

void kept_put(const struct kept *k, struct image *im)
{
	for (size_t i = 0; i < k->count; i++) {
		const struct kept_area *a = &k->list[i];
		uint8_t *to = image_at(im, raddr(a->start), a->pages * PAGE);

		for (size_t page = 0; to && page < a->pages; page++) {
			if (!holds_anything(a->entries[page]))
				continue;
			memcpy(to + page * PAGE, a->bytes + page * PAGE, PAGE);
			im->copied += PAGE;
		}
	}
}

void kept_mark(const struct kept *k, struct pages *p)
{
	for (size_t i = 0; i < k->count; i++)
		pages_set(p, k->list[i].start, k->list[i].entries, k->list[i].pages);
}

void kept_free(struct kept *k)
{
	for (size_t i = 0; i < k->count; i++) {
		free(k->list[i].entries);
		free(k->list[i].bytes);
	}
	free(k->list);
	memset(k, 0, sizeof(*k));
}

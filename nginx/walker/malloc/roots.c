#include "malloc/roots.h"
#include "target/pagemap.h"
#include "base/page.h"
#include "base/list.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
	BATCH = 1024,
	RED_ZONE = 128,			/* below the stack pointer, x86-64's functions may use that much */
	TLS_NEAR = 64 << 10,		/* thread-local storage of a main thread is a mapping of its own, and small */
};

/* -- While the process stands still -------------------------------------- */

static void add_piece(struct roots *r, size_t area, uint64_t start, uint64_t size)
{
	if (LIST_HAS_ROOM(r->list, r->count, r->room))
		r->list[r->count++] = (struct root_copy){start, size, NULL, area};
	else
		r->failed = true;
}

/* All that were added, into one block: most are a page or two. What comes after one that cannot be read is left out. */
static void copy_pieces(struct roots *r, pid_t pid)
{
	const size_t count = r->count;
	uint64_t size = 0;
	uint8_t *to;

	for (size_t i = 0; i < count; i++)
		size += r->list[i].size;
	r->block = to = malloc(size + 1);
	for (r->count = 0; to && r->count < count; to += r->list[r->count++].size) {
		r->list[r->count].bytes = to;
		if (memory_read(pid, raddr(r->list[r->count].start), to, r->list[r->count].size) != 0)
			break;
	}
	r->failed |= r->count < count;
}

/* Of a page map's entry: written since it was mapped, so no longer the file's; or swapped out, which only such pages are. */
static bool is_written(uint64_t entry)
{
	const uint64_t present = UINT64_C(1) << 63, swapped = UINT64_C(1) << 62, of_file = UINT64_C(1) << 61;

	return (entry & swapped) || ((entry & present) && !(entry & of_file));
}

/* Addresses of malloc's blocks can only be in pages that were written after the start. */
static void add_written(struct roots *r, size_t area, const struct mapping *m, int pagemap, pid_t pid)
{
	uint64_t entries[BATCH];

	for (uint64_t at = m->start; at < m->end;) {
		size_t left = (size_t)((m->end - at) / PAGE), n = left < BATCH ? left : BATCH;

		if (pagemap_read(pagemap, pid, at, entries, n) != 0) {
			r->failed = true;
			return;
		}
		for (size_t i = 0; i < n;) {
			size_t from = i;

			while (i < n && is_written(entries[i]))
				i++;
			if (i > from)
				add_piece(r, area, at + from * PAGE, (i - from) * PAGE);
			while (i < n && !is_written(entries[i]))
				i++;
		}
		at += n * PAGE;
	}
}

void roots_read_threads(struct roots *r, pid_t pid)
{
	memset(r, 0, sizeof(*r));
	threads_read(&r->threads, pid);
}

void roots_read_memory(struct roots *r, const struct areas *areas, pid_t pid)
{
	int pagemap = pagemap_open(pid);
	uint64_t stack;

	stack = r->threads.count ? r->threads.list[0].stack : 0;
	r->failed = pagemap < 0 || stack == 0;
	for (size_t i = 0; i < areas->count && !r->failed; i++) {
		const struct area *a = &areas->list[i];

		if (strcmp(a->m.path, "[stack]") == 0 && stack > a->m.start && stack < a->m.end) {
			uint64_t from = (stack - RED_ZONE) & ~UINT64_C(7);

			add_piece(r, i, from > a->m.start ? from : a->m.start, a->m.end - (from > a->m.start ? from : a->m.start));
		} else if (a->m.inode != 0 && !a->m.shared && a->m.readable && !a->executable && a->m.path[0] == '/' && area_is_code(a, areas)) {
			add_written(r, i, &a->m, pagemap, pid);
		}
	}
	copy_pieces(r, pid);
	if (pagemap >= 0)
		close(pagemap);
}

void roots_free(struct roots *r)
{
	free(r->block);
	free(r->list);
	threads_free(&r->threads);
	memset(r, 0, sizeof(*r));
}

/* -- Afterwards ---------------------------------------------------------- */

void roots_forget(struct roots *r, uint64_t start, uint64_t end)
{
	for (size_t i = 0; i < r->count; i++) {
		struct root_copy *c = &r->list[i];
		const uint64_t from = start > c->start ? start : c->start, to = end < c->start + c->size ? end : c->start + c->size;

		if (from < to)
			memset(c->bytes + (from - c->start), 0, to - from);
	}
}

const uint8_t *roots_at(const struct roots *r, const struct image *im, uint64_t address, uint64_t size)
{
	const uint8_t *p = image_at(im, raddr(address), size);

	for (size_t i = 0; !p && i < r->count; i++)
		if (address >= r->list[i].start && address - r->list[i].start <= r->list[i].size &&
		    size <= r->list[i].size - (address - r->list[i].start))
			p = r->list[i].bytes + (address - r->list[i].start);
	return p;
}

uint64_t roots_word(const struct roots *r, const struct image *im, uint64_t address)
{
	const uint8_t *p = roots_at(r, im, address, 8);

	return p ? word_at(p, 0) : 0;
}

/* What these bytes hold, less those that are malloc's blocks: they hold what they do only while somebody holds them. */
static struct tally take_outside(struct holders *h, uint64_t start, const uint8_t *bytes, uint64_t size)
{
	const uint64_t end = start + size;
	struct tally all = {0, 0};

	for (uint64_t at = start; at < end;) {
		const struct block_span *s = blocks_span_after(&h->blocks, at);
		const uint64_t stop = s && s->start < end ? s->start : end;

		if (stop > at) {
			const struct tally held = holders_take_bytes(h, bytes + (at - start), stop - at);

			all.objects += held.objects;
			all.bytes += held.bytes;
		}
		at = stop < end ? s->end : end;
	}
	return all;
}

static void hold_range(struct holders *h, const char *name, const struct image *im, uint64_t start, uint64_t end)
{
	start = (start + 7) & ~UINT64_C(7);
	for (const struct region *r = image_region(im, start); r && start < end; r = image_region(im, start)) {
		uint64_t stop = end < r->end ? end : r->end;

		if (start < r->start)
			start = r->start;
		if (start >= stop)
			return;
		holders_add(h, name, take_outside(h, start, r->copy + (start - r->start), stop - start));
		start = stop;
	}
}

static const char *name_of(const struct area *a, char name[80])
{
	snprintf(name, 80, "nginx: %.60s", area_file(a));
	return name;
}

/* Its written pages, and what of its zero-initialised data lies in memory without a file. */
static void hold_file(struct holders *h, const struct roots *r, const struct areas *areas, const struct zero_data *z, const struct image *im)
{
	const struct area *a = &areas->list[z->area];
	char name[80];

	for (size_t k = 0; k < r->count; k++)
		if (strcmp(areas->list[r->list[k].area].m.path, a->m.path) == 0)
			holders_add(h, name_of(a, name), take_outside(h, r->list[k].start, r->list[k].bytes, r->list[k].size));
	hold_range(h, name_of(a, name), im, z->start, z->end);
}

/* The program, whatever it is called, is mapped first. */
static bool is_nginx(const struct zero_data_list *zero_data, size_t i, const struct areas *areas)
{
	const char *file = area_file(&areas->list[zero_data->list[i].area]);

	return i == 0 || strstr(file, "nginx") || strstr(file, "ngx") || strstr(file, "openresty");
}

void roots_hold_libraries(struct holders *h, const struct roots *r, const struct areas *areas, const struct zero_data_list *zero_data,
		    const struct image *im)
{
	for (size_t i = 0; i < zero_data->count; i++)
		if (!is_nginx(zero_data, i, areas))
			hold_file(h, r, areas, &zero_data->list[i], im);
}

void roots_hold_program(struct holders *h, const struct roots *r, const struct areas *areas, const struct zero_data_list *zero_data,
		  const struct image *im)
{
	for (size_t i = 0; i < zero_data->count; i++)
		if (is_nginx(zero_data, i, areas))
			hold_file(h, r, areas, &zero_data->list[i], im);
}

void roots_hold_local_storage(struct holders *h, const struct roots *r, const struct claims *c, const struct image *im)
{
	const uint64_t tls = r->threads.count ? r->threads.list[0].tls : 0;
	struct claim *sorted = claims_sorted(c);
	struct gaps gaps = {.sorted = sorted, .count = c->count};

	h->failed |= !sorted;
	holders_add(h, "nginx: thread-local storage", holders_take_address(h, tls));	/* musl's may be a block of malloc itself */
	for (size_t i = 0; tls && sorted && i < c->areas->count; i++) {
		const struct mapping *m = &c->areas->list[i].m;
		uint64_t at = tls - m->start > TLS_NEAR ? tls - TLS_NEAR : m->start;
		struct claim gap;

		if (!area_in_image(&c->areas->list[i]) || tls < m->start || tls >= m->end)
			continue;
		while (claims_gap(&gaps, &at, m->end - tls > TLS_NEAR ? tls + TLS_NEAR : m->end, &gap))
			hold_range(h, "nginx: thread-local storage", im, gap.start, gap.end);
	}
	free(sorted);
}

/* From the stack pointer on; all of the mapping where none is known to be in it. */
static uint64_t stack_end(const struct threads *t, uint64_t start, uint64_t end)
{
	for (size_t i = 0; i < t->count; i++)
		if (t->list[i].stack >= start && t->list[i].stack < end)
			return (t->list[i].stack - RED_ZONE) & ~UINT64_C(7);
	return 0;
}

static void hold_unclaimed(struct holders *h, const struct roots *r, const struct image *im, uint64_t start, uint64_t end)
{
	const uint64_t stack = stack_end(&r->threads, start, end);

	if (stack)
		hold_range(h, "nginx: stacks and registers", im, stack > start ? stack : start, end);
	else
		hold_range(h, "nginx: other memory", im, start, end);
}

void roots_hold_rest(struct holders *h, const struct roots *r, const struct claims *c, const struct image *im)
{
	struct claim *sorted = claims_sorted(c);
	struct gaps gaps = {.sorted = sorted, .count = c->count};

	if (!sorted) {
		h->failed = true;
		return;
	}
	for (size_t i = 0; i < r->threads.count; i++)
		holders_add(h, "nginx: stacks and registers",
			   holders_take_bytes(h, (const uint8_t *)r->threads.list[i].words, r->threads.list[i].nwords * sizeof(uint64_t)));
	for (size_t i = 0; i < r->count; i++)
		if (strcmp(c->areas->list[r->list[i].area].m.path, "[stack]") == 0)
			holders_add(h, "nginx: stacks and registers", holders_take_bytes(h, r->list[i].bytes, r->list[i].size));
	for (size_t i = 0; i < c->areas->count; i++) {
		const struct mapping *m = &c->areas->list[i].m;
		uint64_t at = m->start;
		struct claim gap;

		if (!area_in_image(&c->areas->list[i]))
			continue;
		while (claims_gap(&gaps, &at, m->end, &gap))
			hold_unclaimed(h, r, im, gap.start, gap.end);
	}
	free(sorted);
}

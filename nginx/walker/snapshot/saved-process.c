#include "snapshot/saved-process.h"
#include "base/page.h"

#include <stdlib.h>
#include <string.h>

enum {
	READABLE = 1,
	WRITABLE = 2,
	SHARED = 4,
	EXECUTABLE = 8,
	PATH_SIZE = sizeof(((struct mapping *)NULL)->path),
};

/* -- Writing ------------------------------------------------------------- */

static void put_event_loop(FILE *f, const struct event_loop *l)
{
	saved_put(f, l->known);
	saved_put(f, l->root);
	saved_put(f, l->sentinel);
	saved_put(f, l->now_ms);
	for (int i = 0; i < NQUEUES; i++) {
		saved_put(f, l->queues[i].address);
		saved_put(f, l->queues[i].first);
	}
}

static void put_areas(FILE *f, const struct areas *areas)
{
	saved_put(f, areas->count);
	for (size_t i = 0; i < areas->count; i++) {
		const struct area *a = &areas->list[i];

		saved_put(f, a->m.start);
		saved_put(f, a->m.end);
		saved_put(f, (a->m.readable ? READABLE : 0) | (a->m.writable ? WRITABLE : 0) | (a->m.shared ? SHARED : 0) |
				     (a->executable ? EXECUTABLE : 0));
		saved_put(f, a->m.offset);
		saved_put(f, a->m.inode);
		saved_put(f, a->rss);
		fwrite(a->m.path, PATH_SIZE, 1, f);
	}
}

static void put_bytes(FILE *f, const uint8_t *bytes, size_t size)
{
	saved_put(f, size);
	if (size)
		fwrite(bytes, size, 1, f);
}

static void put_threads(FILE *f, const struct threads *t)
{
	saved_put(f, t->count);
	for (size_t i = 0; i < t->count; i++) {
		saved_put(f, t->list[i].stack);
		saved_put(f, t->list[i].tls);
		saved_put(f, t->list[i].nwords);
		fwrite(t->list[i].words, 8, t->list[i].nwords, f);
	}
}

void saved_process_write(FILE *f, const struct snapshot *s)
{
	const struct footprint *fp = &s->footprint;

	saved_put(f, fp->known);
	if (!fp->known)
		return;
	saved_put(f, s->cycle.address);
	saved_put(f, s->cycle.version);
	saved_put(f, s->cycle.next_number);
	saved_put(f, (uint64_t)(int64_t)s->cycle.channel);
	put_event_loop(f, &s->event_loop);
	put_areas(f, &fp->areas);
	saved_put(f, fp->libc.start);
	put_bytes(f, fp->libc.bytes, fp->libc.size);
	saved_put(f, fp->zero_data.count);
	for (size_t i = 0; i < fp->zero_data.count; i++) {
		saved_put(f, fp->zero_data.list[i].area);
		saved_put(f, fp->zero_data.list[i].start);
		saved_put(f, fp->zero_data.list[i].end);
	}
	put_threads(f, &fp->roots.threads);
	saved_put(f, fp->roots.failed);
	saved_put(f, fp->roots.count);
	for (size_t i = 0; i < fp->roots.count; i++) {
		saved_put(f, fp->roots.list[i].start);
		saved_put(f, fp->roots.list[i].area);
		put_bytes(f, fp->roots.list[i].bytes, fp->roots.list[i].size);
	}
}

/* -- Reading ------------------------------------------------------------- */

static void parse_event_loop(struct saved_cursor *c, struct event_loop *l)
{
	l->known = saved_get(c) != 0;
	l->root = saved_get(c);
	l->sentinel = saved_get(c);
	l->now_ms = saved_get(c);
	for (int i = 0; i < NQUEUES; i++) {
		l->queues[i].address = saved_get(c);
		l->queues[i].first = saved_get(c);
	}
}

static void parse_area(struct saved_cursor *c, struct area *a)
{
	const uint8_t *path;
	uint64_t flags;

	a->m.start = saved_get(c);
	a->m.end = saved_get(c);
	flags = saved_get(c);
	a->m.readable = flags & READABLE;
	a->m.writable = flags & WRITABLE;
	a->m.shared = flags & SHARED;
	a->executable = flags & EXECUTABLE;
	a->m.offset = saved_get(c);
	a->m.inode = saved_get(c);
	a->rss = saved_get(c);
	path = saved_take(c, PATH_SIZE);
	if (path)
		memcpy(a->m.path, path, PATH_SIZE - 1);
	c->cut |= a->m.start >= a->m.end;
}

static void parse_areas(struct saved_cursor *c, struct areas *areas)
{
	const size_t count = saved_get_count(c, 6 * 8 + PATH_SIZE);

	areas->list = calloc(count + 1, sizeof(*areas->list));
	c->cut |= !areas->list;
	for (size_t i = 0; !c->cut && i < count; i++, areas->count++) {
		parse_area(c, &areas->list[i]);
		c->cut |= i > 0 && areas->list[i].m.start < areas->list[i - 1].m.end;
	}
}

static uint8_t *parse_bytes(struct saved_cursor *c, size_t *size)
{
	const size_t length = saved_get_count(c, 1);
	const uint8_t *from = saved_take(c, length);
	uint8_t *to = malloc(length + 1);

	c->cut |= !from || !to;
	if (from && to)
		memcpy(to, from, length);
	*size = c->cut ? 0 : length;
	return to;
}

static size_t parse_area_number(struct saved_cursor *c, const struct areas *areas)
{
	const uint64_t number = saved_get(c);

	c->cut |= number >= areas->count;
	return c->cut ? 0 : (size_t)number;
}

static void parse_zero_data(struct saved_cursor *c, struct zero_data_list *z, const struct areas *areas)
{
	const size_t count = saved_get_count(c, 3 * 8);

	z->list = calloc(count + 1, sizeof(*z->list));
	c->cut |= !z->list;
	for (size_t i = 0; !c->cut && i < count; i++, z->count++) {
		z->list[i].area = parse_area_number(c, areas);
		z->list[i].start = saved_get(c);
		z->list[i].end = saved_get(c);
	}
}

static void parse_threads(struct saved_cursor *c, struct threads *t)
{
	const size_t count = saved_get_count(c, 3 * 8);

	t->list = calloc(count + 1, sizeof(*t->list));
	c->cut |= !t->list;
	for (size_t i = 0; !c->cut && i < count; i++, t->count++) {
		struct thread *one = &t->list[i];

		one->stack = saved_get(c);
		one->tls = saved_get(c);
		one->nwords = saved_get_count(c, 8);
		if (one->nwords > THREAD_WORDS) {
			one->nwords = 0;
			c->cut = true;
		}
		for (size_t k = 0; k < one->nwords; k++)
			one->words[k] = saved_get(c);
	}
}

/* All bytes of as many pieces; the cursor is a copy. */
static size_t roots_size(struct saved_cursor c, size_t count)
{
	size_t size = 0;

	while (count-- > 0 && !c.cut) {
		size_t length;

		saved_get(&c);
		saved_get(&c);
		length = saved_get_count(&c, 1);
		saved_take(&c, length);
		size += c.cut ? 0 : length;
	}
	return size;
}

static void parse_roots(struct saved_cursor *c, struct roots *r, const struct areas *areas)
{
	size_t count;
	uint8_t *to;

	parse_threads(c, &r->threads);
	r->failed = saved_get(c) != 0;
	count = saved_get_count(c, 3 * 8);
	r->list = calloc(count + 1, sizeof(*r->list));
	r->block = to = malloc(roots_size(*c, count) + 1);
	c->cut |= !r->list || !to;
	r->room = count + 1;
	for (size_t i = 0; !c->cut && i < count; i++) {
		struct root_copy one = {.bytes = to};
		const uint8_t *from;

		one.start = saved_get(c);
		one.area = parse_area_number(c, areas);
		one.size = saved_get_count(c, 1);
		from = saved_take(c, one.size);
		c->cut |= !from || one.start + one.size < one.start;
		if (c->cut)
			return;
		memcpy(to, from, one.size);
		to += one.size;
		r->list[r->count++] = one;
	}
}

/* What was resident is not saved: all of it counts, so that nothing is passed over. */
static void assume_resident(struct saved_cursor *c, struct pages *p, const struct image *im)
{
	p->im = im;
	p->count = im->arena_size / PAGE;
	p->present = malloc(p->count + 1);
	c->cut |= !p->present;
	if (p->present)
		memset(p->present, 1, p->count + 1);
}

void saved_process_parse(struct saved_cursor *c, struct snapshot *s)
{
	struct footprint *f = &s->footprint;

	if (saved_get(c) == 0 || c->cut)
		return;
	s->cycle.address = saved_get(c);
	s->cycle.version = saved_get(c);
	s->cycle.next_number = saved_get(c);
	s->cycle.channel = (int32_t)saved_get(c);
	parse_event_loop(c, &s->event_loop);
	parse_areas(c, &f->areas);
	f->libc.start = saved_get(c);
	f->libc.bytes = parse_bytes(c, &f->libc.size);
	parse_zero_data(c, &f->zero_data, &f->areas);
	parse_roots(c, &f->roots, &f->areas);
	assume_resident(c, &f->pages, &s->image);
	f->rss = s->rss;
	f->known = f->saved = true;
}

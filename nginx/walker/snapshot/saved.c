/*
** Layout, all numbers 8 bytes, little-endian: magic; pid, time, Lua states of http and stream, rss; counters known, 7
** values; symbols (count, then address, size, name[64] each); modules (count, then start, end, name[64] each); regions (count,
** then start, end each); runs of pages in them that are not all zeros (count, then start, length, bytes each); the process
** around them (saved-process.h); the magic again, so that a cut-off file is told from a whole one.
** Files of the first version have neither regions nor process: there each run is a region.
*/
#define _GNU_SOURCE
#include "snapshot/saved.h"
#include "snapshot/saved-process.h"
#include "snapshot/outfile.h"
#include "base/page.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum {
	GAP = 64,			/* pages: shorter stretches of zeros are kept */
	MAGIC_SIZE = 8,
	MOST_ZEROS = 64,		/* regions may be so much larger than what is kept of them, */
	FEW_ZEROS = 64 << 20,		/* and by so many bytes: whoever damages a file makes no other process run out of memory */
};
static const char magic[] = "heapimg2", first_magic[] = "heapimg1";

/* -- Writing ------------------------------------------------------------- */

static bool is_zero(const uint8_t *page)
{
	static const uint8_t zeros[PAGE];

	return memcmp(page, zeros, PAGE) == 0;
}

struct run {
	size_t from, to;	/* pages of a region */
};

/* The next run of pages worth keeping, from page `at` on. */
static bool next_run(const struct region *r, size_t at, struct run *run)
{
	size_t pages = (size_t)((r->end - r->start) / PAGE), zeros = 0;

	while (at < pages && is_zero(r->copy + at * PAGE))
		at++;
	if (at == pages)
		return false;
	run->from = at;
	for (; at < pages && zeros < GAP; at++)
		zeros = is_zero(r->copy + at * PAGE) ? zeros + 1 : 0;
	run->to = at - zeros;
	return true;
}

static void write_runs(const struct snapshot *s, FILE *f, bool count_only, uint64_t *count)
{
	struct run run;

	*count = 0;
	for (size_t i = 0; i < s->image.nregions; i++) {
		const struct region *r = &s->image.regions[i];

		for (size_t at = 0; next_run(r, at, &run); at = run.to) {
			++*count;
			if (count_only)
				continue;
			saved_put(f, r->start + run.from * PAGE);
			saved_put(f, (run.to - run.from) * PAGE);
			fwrite(r->copy + run.from * PAGE, PAGE, run.to - run.from, f);
		}
	}
}

static bool is_too_sparse(uint64_t mapped, uint64_t kept)
{
	return mapped > FEW_ZEROS && (mapped - FEW_ZEROS) / MOST_ZEROS > kept;
}

static void write_regions(const struct snapshot *s, FILE *f)
{
	const size_t count = is_too_sparse(s->image.mapped, s->image.copied) ? 0 : s->image.nregions;

	saved_put(f, count);
	for (size_t i = 0; i < count; i++) {
		saved_put(f, s->image.regions[i].start);
		saved_put(f, s->image.regions[i].end);
	}
}

int saved_write(const struct snapshot *s, const char *file, struct error *e)
{
	struct outfile out;
	uint64_t runs;
	FILE *f;

	if (outfile_open(&out, file, e) != 0)
		return -1;
	f = out.stream;
	fwrite(magic, MAGIC_SIZE, 1, f);
	saved_put(f, (uint64_t)s->pid);
	saved_put(f, s->taken_ms);
	saved_put(f, s->http_lua);
	saved_put(f, s->stream_lua);
	saved_put(f, s->footprint.known ? s->footprint.rss : s->rss);
	saved_put(f, s->counters.known);
	for (int i = 0; i < NCOUNTERS; i++)
		saved_put(f, s->counters.values[i]);
	saved_put(f, s->symbols.count);
	for (size_t i = 0; i < s->symbols.count; i++)
		saved_put_record(f, s->symbols.list[i].address, s->symbols.list[i].size, s->symbols.list[i].name);
	saved_put(f, s->symbols.nmodules);
	for (size_t i = 0; i < s->symbols.nmodules; i++)
		saved_put_record(f, s->symbols.modules[i].start, s->symbols.modules[i].end, s->symbols.modules[i].name);
	write_regions(s, f);
	write_runs(s, f, true, &runs);
	saved_put(f, runs);
	write_runs(s, f, false, &runs);
	saved_process_write(f, s);
	fwrite(magic, MAGIC_SIZE, 1, f);
	return outfile_close(&out, 0, e);
}

/* -- Reading ------------------------------------------------------------- */

static void parse_symbols(struct saved_cursor *c, struct symbols *s)
{
	s->count = saved_get_count(c, 16 + SAVED_NAME);
	s->list = calloc(s->count + 1, sizeof(*s->list));
	for (size_t i = 0; s->list && i < s->count; i++)
		saved_get_record(c, &s->list[i].address, &s->list[i].size, s->list[i].name);
	s->nmodules = saved_get_count(c, 16 + SAVED_NAME);
	s->modules = calloc(s->nmodules + 1, sizeof(*s->modules));
	for (size_t i = 0; s->modules && i < s->nmodules; i++)
		saved_get_record(c, &s->modules[i].start, &s->modules[i].end, s->modules[i].name);
	if (!s->list || !s->modules)
		c->cut = true;
}

static bool make_arena(struct image *im, size_t size)
{
	void *arena = mmap(NULL, size + PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (arena == MAP_FAILED)
		return false;
	im->arena = arena;
	im->arena_size = size + PAGE;
	return true;
}

/* False where the file has no regions. */
static bool parse_regions(struct saved_cursor *c, struct image *im)
{
	const size_t n = saved_get_count(c, 16);

	if (n == 0)
		return false;
	im->regions = calloc(n + 1, sizeof(*im->regions));
	c->cut |= !im->regions;
	for (size_t i = 0; !c->cut && i < n; i++) {
		struct region *r = &im->regions[i];

		r->start = saved_get(c);
		r->end = saved_get(c);
		c->cut |= r->start >= r->end || r->start % PAGE || r->end % PAGE || (i > 0 && r->start < r[-1].end);
		im->mapped += c->cut ? 0 : r->end - r->start;
		im->nregions = i + 1;
	}
	c->cut |= is_too_sparse(im->mapped, c->left) || (!c->cut && !make_arena(im, im->mapped));
	for (size_t i = 0, at = 0; !c->cut && i < n; i++) {
		im->regions[i].copy = im->arena + at;
		at += im->regions[i].end - im->regions[i].start;
	}
	return true;
}

static void fill_regions(struct saved_cursor *c, struct image *im)
{
	const size_t n = saved_get_count(c, 16);

	for (size_t i = 0; !c->cut && i < n; i++) {
		const uint64_t start = saved_get(c), length = saved_get(c);
		const uint8_t *bytes = saved_take(c, length);
		uint8_t *to = c->cut ? NULL : image_find(im, start, length);

		c->cut |= !to;
		if (to)
			memcpy(to, bytes, (size_t)length);
		im->copied += to ? length : 0;
	}
}

static void parse_runs(struct saved_cursor *c, struct image *im)
{
	size_t n = saved_get_count(c, 16);

	im->regions = calloc(n + 1, sizeof(*im->regions));
	if (!im->regions || !make_arena(im, c->left)) {
		c->cut = true;
		return;
	}
	for (size_t i = 0; i < n; i++) {
		struct region *r = &im->regions[i];
		uint64_t start = saved_get(c), length = saved_get(c);
		const uint8_t *bytes = saved_take(c, length);

		if (!bytes || start + length < start || (i > 0 && start < r[-1].end)) {
			c->cut = true;
			return;
		}
		r->start = start;
		r->end = start + length;
		assert(im->copied + length <= im->arena_size);	/* the file has all bytes, and the arena has the file's size */
		r->copy = im->arena + im->copied;
		memcpy(r->copy, bytes, (size_t)length);
		im->copied += length;
		im->mapped = im->copied;
		im->nregions = i + 1;
	}
}

int saved_parse(struct snapshot *s, const uint8_t *data, size_t size, struct error *e)
{
	struct saved_cursor c = {data, size, false};
	const uint8_t *begin = saved_take(&c, MAGIC_SIZE), *end;
	const bool is_first = begin && memcmp(begin, first_magic, MAGIC_SIZE) == 0;

	memset(s, 0, sizeof(*s));
	if (!begin || (!is_first && memcmp(begin, magic, MAGIC_SIZE) != 0))
		return error_set(e, EXIT_USAGE, "neither a core file nor a saved image (which begins with %s or %s)", first_magic, magic);
	s->pid = (pid_t)saved_get(&c);
	s->taken_ms = saved_get(&c);
	s->http_lua = saved_get(&c);
	s->stream_lua = saved_get(&c);
	s->rss = saved_get(&c);
	s->counters.known = saved_get(&c) != 0;
	for (int i = 0; i < NCOUNTERS; i++)
		s->counters.values[i] = saved_get(&c);
	s->attempts = 1;
	parse_symbols(&c, &s->symbols);
	if (!c.cut && (is_first || !parse_regions(&c, &s->image)))
		parse_runs(&c, &s->image);
	else if (!c.cut)
		fill_regions(&c, &s->image);
	if (!c.cut && !is_first)
		saved_process_parse(&c, s);
	end = saved_take(&c, MAGIC_SIZE);
	if (c.cut || !end || memcmp(end, begin, MAGIC_SIZE) != 0 || s->image.nregions == 0 || image_index(&s->image) != 0) {
		snapshot_free(s);
		return error_set(e, EXIT_USAGE, "the saved image is cut off or damaged");
	}
	return 0;
}

int saved_read(struct snapshot *s, const char *file, struct error *e)
{
	FILE *f = fopen(file, "re");
	uint8_t *data = NULL;
	long size = -1;
	int result;

	memset(s, 0, sizeof(*s));
	if (f && fseek(f, 0, SEEK_END) == 0)
		size = ftell(f);
	if (size >= 0 && fseek(f, 0, SEEK_SET) == 0)
		data = malloc((size_t)size + 1);
	if (!data || fread(data, 1, (size_t)size, f) != (size_t)size) {
		result = error_set(e, EXIT_USAGE, "cannot read %s: %s", file, strerror(errno));
	} else {
		result = saved_parse(s, data, (size_t)size, e);
	}
	free(data);
	if (f)
		fclose(f);
	return result;
}

/*
** Layout, all numbers 8 bytes, little-endian: magic; pid, time, Lua states of http and stream, rss; counters known, 7
** values; symbols (count, then address, size, name[64] each); modules (count, then start, end, name[64] each); runs of
** pages (count, then start, length, bytes each); the magic again, so that a cut-off file is told from a whole one.
*/
#define _GNU_SOURCE
#include "snapshot/saved.h"
#include "base/outfile.h"
#include "base/page.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { GAP = 64 /* pages: shorter stretches of zeros are kept */, NAME = 64 };
static const char magic[8] = {'h', 'e', 'a', 'p', 'i', 'm', 'g', '1'};

/* -- Writing ------------------------------------------------------------- */

static void put(FILE *f, uint64_t v)
{
	fwrite(&v, 8, 1, f);
}

/* Two numbers and a name: a symbol, or a module. */
static void put_record(FILE *f, uint64_t first, uint64_t second, const char name[NAME])
{
	put(f, first);
	put(f, second);
	fwrite(name, NAME, 1, f);
}

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
			put(f, r->start + run.from * PAGE);
			put(f, (run.to - run.from) * PAGE);
			fwrite(r->copy + run.from * PAGE, PAGE, run.to - run.from, f);
		}
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
	fwrite(magic, sizeof(magic), 1, f);
	put(f, (uint64_t)s->pid);
	put(f, s->taken_ms);
	put(f, s->http_lua);
	put(f, s->stream_lua);
	put(f, s->rss);
	put(f, s->counters.known);
	for (int i = 0; i < NCOUNTERS; i++)
		put(f, s->counters.values[i]);
	put(f, s->symbols.count);
	for (size_t i = 0; i < s->symbols.count; i++)
		put_record(f, s->symbols.list[i].address, s->symbols.list[i].size, s->symbols.list[i].name);
	put(f, s->symbols.nmodules);
	for (size_t i = 0; i < s->symbols.nmodules; i++)
		put_record(f, s->symbols.modules[i].start, s->symbols.modules[i].end, s->symbols.modules[i].name);
	write_runs(s, f, true, &runs);
	put(f, runs);
	write_runs(s, f, false, &runs);
	fwrite(magic, sizeof(magic), 1, f);
	return outfile_close(&out, 0, e);
}

/* -- Reading ------------------------------------------------------------- */

struct cursor {
	const uint8_t *at;
	size_t left;
	bool cut;
};

static const uint8_t *take(struct cursor *c, uint64_t n)
{
	const uint8_t *p = c->at;

	if (n > c->left) {
		c->cut = true;
		return NULL;
	}
	c->at += n;
	c->left -= (size_t)n;
	return p;
}

static uint64_t get(struct cursor *c)
{
	const uint8_t *p = take(c, 8);
	uint64_t v = 0;

	if (p)
		memcpy(&v, p, 8);
	return v;
}

static void get_record(struct cursor *c, uint64_t *first, uint64_t *second, char name[NAME])
{
	const uint8_t *p;

	*first = get(c);
	*second = get(c);
	p = take(c, NAME);
	if (p)
		memcpy(name, p, NAME);
	name[NAME - 1] = '\0';
}

/* A count of records of at least `size` bytes that the rest of the file can hold. */
static size_t get_count(struct cursor *c, size_t size)
{
	uint64_t n = get(c);

	if (n > c->left / size) {
		c->cut = true;
		return 0;
	}
	return (size_t)n;
}

static void parse_symbols(struct cursor *c, struct symbols *s)
{
	s->count = get_count(c, 16 + NAME);
	s->list = calloc(s->count + 1, sizeof(*s->list));
	for (size_t i = 0; s->list && i < s->count; i++)
		get_record(c, &s->list[i].address, &s->list[i].size, s->list[i].name);
	s->nmodules = get_count(c, 16 + NAME);
	s->modules = calloc(s->nmodules + 1, sizeof(*s->modules));
	for (size_t i = 0; s->modules && i < s->nmodules; i++)
		get_record(c, &s->modules[i].start, &s->modules[i].end, s->modules[i].name);
	if (!s->list || !s->modules)
		c->cut = true;
}

static void parse_runs(struct cursor *c, struct image *im)
{
	size_t n = get_count(c, 16), size = c->left;
	void *arena;

	im->regions = calloc(n + 1, sizeof(*im->regions));
	arena = mmap(NULL, size + PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (!im->regions || arena == MAP_FAILED) {
		c->cut = true;
		return;
	}
	im->arena = arena;
	im->arena_size = size + PAGE;
	for (size_t i = 0; i < n; i++) {
		struct region *r = &im->regions[i];
		uint64_t start = get(c), length = get(c);
		const uint8_t *bytes = take(c, length);

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
	struct cursor c = {data, size, false};
	const uint8_t *p = take(&c, sizeof(magic));

	memset(s, 0, sizeof(*s));
	if (!p || memcmp(p, magic, sizeof(magic)) != 0)
		return error_set(e, EXIT_USAGE, "not a saved image (it should begin with %.8s)", magic);
	s->pid = (pid_t)get(&c);
	s->taken_ms = get(&c);
	s->http_lua = get(&c);
	s->stream_lua = get(&c);
	s->rss = get(&c);
	s->counters.known = get(&c) != 0;
	for (int i = 0; i < NCOUNTERS; i++)
		s->counters.values[i] = get(&c);
	s->attempts = 1;
	parse_symbols(&c, &s->symbols);
	if (!c.cut)
		parse_runs(&c, &s->image);
	p = take(&c, sizeof(magic));
	if (c.cut || !p || memcmp(p, magic, sizeof(magic)) != 0 || s->image.nregions == 0 || image_index(&s->image) != 0) {
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

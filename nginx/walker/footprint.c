/*
** Every mapping of the process is accounted for by its Rss in smaps. Mappings that hold several things are split
** by claims on address ranges, weighed by their resident pages; what nobody claims stays a row of its own.
*/
#define _GNU_SOURCE
#include "footprint.h"
#include "json.h"
#include "ljalloc.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
	PAGE = 4096,
	READ_STEP = 1 << 18,
	LIBC_DATA_MOST = 1 << 20,
	MAX_PHDRS = 64,
	CODE_AREA_MOST = 64 << 20,
};

/* -- While the process stands still -------------------------------------- */

static int read_text(const char *name, char **text, size_t *size)
{
	size_t room = READ_STEP;
	int fd = open(name, O_RDONLY | O_CLOEXEC);

	*size = 0;
	*text = fd < 0 ? NULL : malloc(room);
	while (*text) {
		ssize_t n = read(fd, *text + *size, room - *size - 1);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0) {
			(*text)[*size] = '\0';
			close(fd);
			return n < 0 || *size == 0 ? -1 : 0;
		}
		*size += (size_t)n;
		if (room - *size < READ_STEP / 2) {
			char *more = realloc(*text, room *= 2);

			if (!more)
				break;
			*text = more;
		}
	}
	if (fd >= 0)
		close(fd);
	return -1;
}

static uint64_t read_rollup(pid_t pid)
{
	char name[64], *text;
	unsigned long long kb = 0;
	size_t size;
	const char *rss;

	snprintf(name, sizeof(name), "/proc/%d/smaps_rollup", (int)pid);
	if (read_text(name, &text, &size) == 0 && (rss = strstr(text, "\nRss:")))
		sscanf(rss + 5, "%llu", &kb);
	free(text);
	return kb * 1024;
}

static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

static bool is_glibc(const char *path)
{
	const char *name = base_name(path);

	return strncmp(name, "libc.so.6", 9) == 0 || strncmp(name, "libc-2.", 7) == 0;
}

static void read_libc_data(struct footprint *f, const struct maps *maps, pid_t pid)
{
	for (size_t i = 0; i < maps->count; i++) {
		const struct mapping *m = &maps->list[i];
		size_t size = (size_t)(m->end - m->start);

		if (!m->writable || m->shared || !is_glibc(m->path) || size > LIBC_DATA_MOST)
			continue;
		f->libc.bytes = malloc(size);
		if (f->libc.bytes && memory_read(pid, raddr(m->start), f->libc.bytes, size) == 0) {
			f->libc.start = m->start;
			f->libc.size = size;
		}
		return;
	}
}

/* LuaJIT's areas of machine code lie in anonymous mappings that are not writable or executable too; each starts with a link. */
static void read_code_areas(struct footprint *f, const struct maps *maps, pid_t pid)
{
	f->code = calloc(MAX_CODE_AREAS, sizeof(*f->code));
	for (size_t i = 0; f->code && i < maps->count; i++) {
		const struct mapping *m = &maps->list[i];

		if (m->inode != 0 || m->path[0] || !m->readable || m->shared || m->end - m->start > CODE_AREA_MOST)
			continue;
		for (uint64_t at = m->start; at < m->end && f->ncode < MAX_CODE_AREAS;) {
			uint64_t link[2];

			if (!m->executable || memory_read(pid, raddr(at), link, sizeof(link)) != 0 || link[1] == 0 || link[1] % PAGE ||
			    link[1] > m->end - at)
				break;
			f->code[f->ncode++] = (struct code_area){at, link[0], link[1]};
			at += link[1];
		}
	}
}

int footprint_read(struct footprint *f, const struct image *im, const struct maps *maps, const struct symbols *s, pid_t pid)
{
	char name[64];

	memset(f, 0, sizeof(*f));
	snprintf(name, sizeof(name), "/proc/%d/smaps", (int)pid);
	/* first: reading other memory may bring pages in */
	if (read_text(name, &f->smaps, &f->smaps_size) != 0) {
		free(f->smaps);
		f->smaps = NULL;
		return -1;
	}
	f->rss = read_rollup(pid);
	if (pages_read(&f->pages, im, pid) != 0)
		return -1;
	read_libc_data(f, maps, pid);
	read_code_areas(f, maps, pid);
	zones_read(&f->zones, s, maps, pid);
	return 0;
}

void footprint_free(struct footprint *f)
{
	free(f->smaps);
	free(f->libc.bytes);
	free(f->code);
	pages_free(&f->pages);
	zones_free(&f->zones);
	memset(f, 0, sizeof(*f));
}

/* -- Rows ---------------------------------------------------------------- */

struct row {
	const char *category, *name, *how;
	char vm[24];
	const struct zone *zone;
	int64_t bytes;			/* resident */
	bool has_used;
	uint64_t used;			/* bytes in use, resident or not */
};

struct rows {
	struct row *list;
	size_t count, room;
	bool failed;
};

static struct row *row_add(struct rows *r, const char *category, const char *name, const char *how)
{
	static struct row lost;

	if (r->count == r->room) {
		size_t room = r->room ? r->room * 2 : 64;
		struct row *more = realloc(r->list, room * sizeof(*more));

		if (!more) {
			r->failed = true;
			return &lost;
		}
		r->list = more;
		r->room = room;
	}
	r->list[r->count] = (struct row){.category = category, .name = name, .how = how};
	return &r->list[r->count++];
}

/* The row of that name; mappings of one kind come together in one. */
static struct row *row_of(struct rows *r, const char *category, const char *name, const char *how)
{
	for (size_t i = 0; i < r->count; i++)
		if (strcmp(r->list[i].category, category) == 0 && strcmp(r->list[i].name, name) == 0)
			return &r->list[i];
	return row_add(r, category, name, how);
}

static int64_t row_sum(const struct rows *r)
{
	int64_t sum = 0;

	for (size_t i = 0; i < r->count; i++)
		sum += r->list[i].bytes;
	return sum;
}

static void rows_write(FILE *out, const struct rows *r)
{
	const char *comma = "";

	for (size_t i = 0; i < r->count; i++) {
		const struct row *row = &r->list[i];

		if (row->bytes == 0 && !row->zone && !row->has_used)
			continue;
		fprintf(out, "%s\n{\"category\":\"%s\",\"name\":", comma, row->category);
		if (row->zone)
			json_string(out, row->zone->name, strlen(row->zone->name));
		else
			json_string(out, row->name, strlen(row->name));
		if (row->vm[0]) {
			fputs(",\"vm\":", out);
			json_string(out, row->vm, strlen(row->vm));
		}
		fprintf(out, ",\"bytes\":%" PRId64, row->bytes);
		if (row->has_used)
			fprintf(out, ",\"used\":%" PRIu64, row->used);
		if (row->zone) {
			fputs(",\"owner\":", out);
			json_string(out, row->zone->owner, strlen(row->zone->owner));
			fprintf(out, ",\"size\":%" PRIu64, row->zone->size);
			if (row->zone->slab)
				fprintf(out, ",\"used\":%" PRIu64 ",\"free\":%" PRIu64 ",\"capacity\":%" PRIu64, row->zone->used, row->zone->free,
					row->zone->capacity);
		}
		fputs(",\"how\":", out);
		json_string(out, row->how, strlen(row->how));
		fputc('}', out);
		comma = ",";
	}
}

/* -- Mappings ------------------------------------------------------------ */

struct area {
	struct mapping m;
	uint64_t rss;
	bool executable;
	uint64_t claimed;	/* resident bytes that rows have already */
};

struct areas {
	struct area *list;
	size_t count;
	bool musl, glibc;
	const char *foreign;	/* a preloaded allocator, by name */
};

static bool area_parse(const char *line, struct area *a)
{
	char perms[5] = "";
	int path_at = 0;

	memset(a, 0, sizeof(*a));
	if (sscanf(line, "%" SCNx64 "-%" SCNx64 " %4s %" SCNx64 " %*x:%*x %" SCNu64 " %n", &a->m.start, &a->m.end, perms, &a->m.offset,
		   &a->m.inode, &path_at) < 5)
		return false;
	a->m.readable = perms[0] == 'r';
	a->m.writable = perms[1] == 'w';
	a->executable = perms[2] == 'x';
	a->m.shared = perms[3] == 's';
	if (path_at > 0)
		snprintf(a->m.path, sizeof(a->m.path), "%.*s", (int)strcspn(line + path_at, "\n"), line + path_at);
	return true;
}

static bool areas_parse(struct areas *areas, const char *text)
{
	size_t room = 0;

	memset(areas, 0, sizeof(*areas));
	for (const char *line = text; line && *line; line = strchr(line, '\n'), line = line ? line + 1 : NULL) {
		unsigned long long kb;

		if (strncmp(line, "Rss:", 4) == 0) {
			if (areas->count && sscanf(line + 4, "%llu", &kb) == 1)
				areas->list[areas->count - 1].rss = (uint64_t)kb * 1024;
			continue;
		}
		if (*line >= 'A' && *line <= 'Z')
			continue;
		if (areas->count == room) {
			struct area *more = realloc(areas->list, (room = room ? room * 2 : 256) * sizeof(*more));

			if (!more)
				return false;
			areas->list = more;
		}
		if (area_parse(line, &areas->list[areas->count]))
			areas->count++;
	}
	for (size_t i = 0; i < areas->count; i++) {
		static const char *const foreign[] = {"jemalloc", "tcmalloc", "mimalloc"};
		const char *path = areas->list[i].m.path;

		areas->glibc |= is_glibc(path);
		areas->musl |= strncmp(base_name(path), "ld-musl-", 8) == 0;
		for (size_t k = 0; k < sizeof(foreign) / sizeof(foreign[0]); k++)
			if (strstr(base_name(path), foreign[k]))
				areas->foreign = foreign[k];
	}
	return areas->count > 0;
}

static bool is_anonymous(const struct area *a)
{
	return a->m.inode == 0 && !a->m.shared &&
	       (a->m.path[0] == '\0' || strcmp(a->m.path, "[heap]") == 0 || strncmp(a->m.path, "[anon", 5) == 0);
}

static bool in_image(const struct area *a)
{
	return is_anonymous(a) && a->m.readable && a->m.writable;
}

/* -- Claims -------------------------------------------------------------- */

struct claim {
	uint64_t start, end;
};

struct claims {
	struct claim *list;
	size_t count, room;
	bool failed;
	uint64_t bytes;		/* resident bytes of those made since this was last set to 0 */
	const struct footprint *f;
	struct areas *areas;
};

static void claim(struct claims *c, uint64_t start, uint64_t end)
{
	if (start >= end)
		return;
	if (c->count == c->room) {
		size_t room = c->room ? c->room * 2 : 64;
		struct claim *more = realloc(c->list, room * sizeof(*more));

		if (!more) {
			c->failed = true;
			return;
		}
		c->list = more;
		c->room = room;
	}
	c->list[c->count++] = (struct claim){start, end};
	for (size_t i = 0; i < c->areas->count; i++) {
		struct area *a = &c->areas->list[i];
		uint64_t from = start > a->m.start ? start : a->m.start, to = end < a->m.end ? end : a->m.end;

		if (from < to && in_image(a)) {
			uint64_t resident = pages_resident(&c->f->pages, from, to);

			a->claimed += resident;
			c->bytes += resident;
		}
	}
}

static void claim_each(void *context, uint64_t start, uint64_t end)
{
	claim(context, start, end);
}

static int by_start(const void *a, const void *b)
{
	const struct claim *x = a, *y = b;

	return x->start < y->start ? -1 : x->start > y->start;
}

/* Large blocks with mappings of their own, in what nobody has claimed yet. */
static void claim_large(struct claims *c, struct image *im, uint64_t (*block_at)(struct image *im, uint64_t page, uint64_t limit),
			uint64_t *sizes)
{
	const size_t known = c->count;
	struct claim *sorted = malloc((known + 1) * sizeof(*sorted));
	size_t next = 0;

	if (!sorted) {
		c->failed = true;
		return;
	}
	if (known)
		memcpy(sorted, c->list, known * sizeof(*sorted));
	qsort(sorted, known, sizeof(*sorted), by_start);
	for (size_t i = 0; i < c->areas->count; i++) {
		const struct mapping m = c->areas->list[i].m;

		if (!in_image(&c->areas->list[i]))
			continue;
		for (uint64_t at = m.start; at < m.end;) {
			uint64_t limit, size;

			while (next < known && sorted[next].end <= at)
				next++;
			if (next < known && sorted[next].start <= at) {
				at = (sorted[next].end + PAGE - 1) & ~(uint64_t)(PAGE - 1);
				continue;
			}
			limit = next < known && sorted[next].start < m.end ? sorted[next].start : m.end;
			size = pages_resident(&c->f->pages, at, at + 1) ? block_at(im, at, limit) : 0;
			if (size) {
				claim(c, at, at + size);
				*sizes += size;
			}
			at += size ? size : PAGE;
		}
	}
	free(sorted);
}

/* -- What fills the rows ------------------------------------------------- */

/* Where smaps and the page map differ about a mapping, pages of zeros are why. */
static void reconcile(struct footprint *f, const struct areas *areas)
{
	for (size_t i = 0; i < areas->count; i++) {
		const struct area *a = &areas->list[i];
		uint64_t mapped;

		if (!in_image(a))
			continue;
		mapped = pages_resident(&f->pages, a->m.start, a->m.end);
		if (mapped > a->rss)
			pages_drop_zeros(&f->pages, a->m.start, a->m.end, mapped - a->rss);
	}
}

static void add_vm_row(struct rows *r, const struct vm *vm, const char *name, uint64_t bytes, const char *how)
{
	struct row *row;

	if (bytes == 0)
		return;
	row = row_add(r, "lua", name, how);
	memcpy(row->vm, vm->label, sizeof(row->vm));
	row->bytes = (int64_t)bytes;
	row->has_used = true;
	row->used = bytes;
}

static void add_vm(struct rows *r, const struct vm_share *share)
{
	static const char *const reachable[NTYPES] = {"reachable strings", "reachable upvalues", "reachable threads", "reachable protos",
						      "reachable functions", "reachable traces", "reachable cdata", "reachable tables",
						      "reachable userdata"};
	static const char counted[] = "counted object by object; all VM rows sum to gc.total";
	const struct vm *vm = share->vm;
	uint64_t objects = 0, kept = share->fixed.bytes;

	for (int i = 0; i < NTYPES; i++) {
		add_vm_row(r, vm, reachable[i], share->reachable[i].bytes, counted);
		objects += vm->total[i].bytes;
		kept += share->reachable[i].bytes;
	}
	add_vm_row(r, vm, "garbage", objects - kept, counted);
	add_vm_row(r, vm, "pinned strings", share->fixed.bytes, counted);
	add_vm_row(r, vm, "string table", vm->internals.string_table, counted);
	add_vm_row(r, vm, "VM internals", vm->gc_total - objects - vm->internals.string_table, counted);
}

static void add_lua(struct rows *r, struct claims *c, struct image *im, const struct vm_share *shares, size_t count)
{
	uint64_t in_objects = 0, sizes = 0;
	struct row *row;

	c->bytes = 0;
	for (size_t i = 0; i < count; i++) {
		if (!ljalloc_segments(shares[i].vm, claim_each, c))
			continue;	/* a build on the system's malloc: its objects are in those rows */
		add_vm(r, &shares[i]);
		in_objects += shares[i].vm->gc_total;
	}
	claim_large(c, im, ljalloc_large_block, &sizes);
	if (c->bytes == 0)
		return;
	row = row_add(r, "lua", c->bytes >= in_objects ? "allocator free space and overhead" : "not resident (swapped out or never touched)",
		      "resident pages of lj_alloc's segments and large blocks, less gc.total");
	if (count == 1)
		memcpy(row->vm, shares[0].vm->label, sizeof(row->vm));
	row->bytes = (int64_t)c->bytes - (int64_t)in_objects;
}

/* The areas of a VM are linked from its jit_State; they count only if their sizes add up to what it has on its books. */
static uint64_t vm_code(const struct footprint *f, const struct vm *vm, bool *mine)
{
	uint64_t at = ljalloc_first_mcode(vm), sum = 0;

	for (size_t n = 0; n <= f->ncode && at; n++) {
		size_t i = 0;

		while (i < f->ncode && f->code[i].start != at)
			i++;
		if (i == f->ncode)
			return 0;
		mine[i] = true;
		sum += f->code[i].size;
		at = f->code[i].next;
	}
	return sum == vm->mcode ? sum : 0;
}

static void add_code(struct rows *r, const struct footprint *f, struct areas *areas, const struct vm_share *shares, size_t count)
{
	bool *mine = calloc(f->ncode + 1, sizeof(*mine)), known = true;
	uint64_t sum = 0;

	if (!mine) {
		r->failed = true;
		return;
	}
	for (size_t i = 0; i < count; i++) {
		uint64_t code = vm_code(f, shares[i].vm, mine);

		known = known && code == shares[i].vm->mcode;
		sum += code;
	}
	for (size_t i = 0; i < areas->count; i++) {
		struct area *a = &areas->list[i];
		bool is_code = false;

		if (!is_anonymous(a) || !a->executable)
			continue;
		for (size_t k = 0; k < f->ncode; k++)
			is_code |= mine[k] && f->code[k].start >= a->m.start && f->code[k].start < a->m.end;
		if (known && is_code) {
			struct row *row = row_of(r, "mcode", "LuaJIT machine code", "areas linked from jit_State, sizes as it has them");

			row->has_used = true;
			row->used = sum;
			row->bytes += (int64_t)a->rss;
		} else {
			row_of(r, known ? "other" : "mcode", known ? "other machine code (PCRE)" : "machine code (LuaJIT, PCRE)",
			       "anonymous executable mappings")->bytes += (int64_t)a->rss;
		}
		a->claimed = a->rss;
	}
	free(mine);
}

static void add_totals(struct rows *r, const char *used_name, const char *free_name, const struct malloc_totals *t, const char *how)
{
	struct row *row;

	if (t->used == 0 && t->free == 0)
		return;
	row = row_add(r, "malloc", used_name, how);
	row->bytes = (int64_t)t->used_resident;
	row->has_used = true;
	row->used = t->used;
	row_add(r, "malloc", free_name, how)->bytes = (int64_t)t->free_resident;
}

static void add_malloc(struct rows *r, struct claims *c, const struct footprint *f, struct image *im)
{
	static const char by_chunks[] = "glibc's chunk headers, less its thread cache and fast bins";
	static const char without_bins[] = "glibc's chunk headers; chunks in fast bins count as in use";
	struct glibc *g = malloc(sizeof(*g));
	uint64_t start = 0, end = 0, sizes = 0;

	if (!g) {
		r->failed = true;
		return;
	}
	for (size_t i = 0; i < c->areas->count; i++) {
		const struct mapping *m = &c->areas->list[i].m;

		if (strcmp(m->path, "[heap]") != 0)
			continue;
		start = start ? start : m->start;
		end = m->end;
	}
	glibc_walk(g, im, &f->pages, start, end, &f->libc);
	if (g->main_known) {
		claim(c, g->main_span.start, g->main_span.end);
		add_totals(r, "main arena, in use", "main arena, free", &g->main, g->bins_known ? by_chunks : without_bins);
	}
	for (size_t i = 0; i < g->nspans; i++) {
		struct malloc_totals *t = &g->others;

		c->bytes = 0;
		claim(c, g->spans[i].start, g->spans[i].end);
		t->free_resident += c->bytes;	/* heads of heaps are neither: what the chunks had is taken off below */
	}
	if (g->nspans) {
		g->others.free_resident -= g->others.used_resident;
		for (size_t i = 0; i < 1; i++)
			;
	}
	free(g);
	c->bytes = 0;
	claim_large(c, im, glibc_large_block, &sizes);
	if (sizes) {
		struct row *row = row_add(r, "malloc", "large blocks, in use", "glibc's chunk headers of mappings of their own");

		row->bytes = (int64_t)c->bytes;
		row->has_used = true;
		row->used = sizes;
	}
}

/*
** Every mapping of the process is accounted for by its Rss in smaps. Mappings that hold several things are split
** by claims on address ranges, weighed by their resident pages; what nobody claims stays a row of its own.
*/
#define _GNU_SOURCE
#include "footprint.h"
#include "json.h"
#include "ljalloc.h"

#include <elf.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

enum {
	PAGE = 4096,
	LIBC_DATA_MOST = 1 << 20,
	MAX_PHDRS = 64,
};

/* -- While the process stands still -------------------------------------- */

struct rollup {
	pid_t pid;
	uint64_t rss;
};

/* In a thread beside the reading of smaps: both make the kernel look at every page. */
static void *read_rollup(void *arg)
{
	struct rollup *r = arg;
	char name[64], line[256];
	unsigned long long kb = 0;
	FILE *in;

	snprintf(name, sizeof(name), "/proc/%d/smaps_rollup", (int)r->pid);
	in = fopen(name, "re");
	while (in && fgets(line, sizeof(line), in))
		if (sscanf(line, "Rss: %llu", &kb) == 1)
			break;
	if (in)
		fclose(in);
	r->rss = kb * 1024;
	return NULL;
}

static bool is_glibc(const struct area *a)
{
	const char *name = area_file(a);

	return strncmp(name, "libc.so.6", 9) == 0 || strncmp(name, "libc-2.", 7) == 0;
}

static void read_libc_data(struct footprint *f, pid_t pid)
{
	for (size_t i = 0; i < f->areas.count; i++) {
		const struct mapping *m = &f->areas.list[i].m;
		size_t size = (size_t)(m->end - m->start);

		if (!m->writable || m->shared || !is_glibc(&f->areas.list[i]) || size > LIBC_DATA_MOST)
			continue;
		f->libc.bytes = malloc(size);
		if (f->libc.bytes && memory_read(pid, raddr(m->start), f->libc.bytes, size) == 0) {
			f->libc.start = m->start;
			f->libc.size = size;
		}
		return;
	}
}

/* LuaJIT's areas of machine code lie in anonymous executable mappings; each starts with a link. */
static void read_code_areas(struct footprint *f, pid_t pid)
{
	f->code = calloc(MAX_CODE_AREAS, sizeof(*f->code));
	for (size_t i = 0; f->code && i < f->areas.count; i++) {
		const struct area *a = &f->areas.list[i];

		if (!area_is_anonymous(a) || !a->m.readable || !a->executable)
			continue;
		for (uint64_t at = a->m.start; at < a->m.end && f->ncode < MAX_CODE_AREAS;) {
			uint64_t link[2];

			if (memory_read(pid, raddr(at), link, sizeof(link)) != 0 || link[1] == 0 || link[1] % PAGE || link[1] > a->m.end - at)
				break;
			f->code[f->ncode++] = (struct code_area){at, link[0], link[1]};
			at += link[1];
		}
	}
}

/* The end of a file's memory as its program headers have it: what follows the mapped file is its zero-initialised data. */
static uint64_t module_end(pid_t pid, uint64_t base)
{
	Elf64_Ehdr eh;
	Elf64_Phdr ph[MAX_PHDRS];
	uint64_t first = UINT64_MAX, last = 0;

	if (memory_read(pid, raddr(base), &eh, sizeof(eh)) != 0 || memcmp(eh.e_ident, ELFMAG, SELFMAG) != 0 ||
	    eh.e_ident[EI_CLASS] != ELFCLASS64 || eh.e_phnum > MAX_PHDRS || eh.e_phentsize != sizeof(ph[0]) ||
	    memory_read(pid, raddr(base + eh.e_phoff), ph, eh.e_phnum * sizeof(ph[0])) != 0)
		return 0;
	for (int i = 0; i < eh.e_phnum; i++) {
		if (ph[i].p_type != PT_LOAD)
			continue;
		if (first == UINT64_MAX)
			first = ph[i].p_vaddr & ~(uint64_t)(PAGE - 1);
		if (ph[i].p_vaddr + ph[i].p_memsz > last)
			last = ph[i].p_vaddr + ph[i].p_memsz;
	}
	return first == UINT64_MAX ? 0 : (base + last - first + PAGE - 1) & ~(uint64_t)(PAGE - 1);
}

static bool same_file(const struct area *a, const struct area *b)
{
	return a->m.inode == b->m.inode && strcmp(a->m.path, b->m.path) == 0;
}

/* A file of which some mapping is executable is code. */
static bool is_code_file(const struct areas *areas, const struct area *file)
{
	for (size_t i = 0; i < areas->count; i++)
		if (areas->list[i].executable && same_file(&areas->list[i], file))
			return true;
	return false;
}

/* Data that start as zeros follow the file's last mapping without a file of their own. */
static void read_zero_data(struct footprint *f, pid_t pid)
{
	f->zero_data = calloc(f->areas.count + 1, sizeof(*f->zero_data));
	for (size_t i = 0; f->zero_data && i < f->areas.count; i++) {
		const struct area *a = &f->areas.list[i];
		uint64_t data = 0;

		if (a->m.inode == 0 || a->m.offset != 0 || a->m.path[0] != '/' || !is_code_file(&f->areas, a))
			continue;
		for (size_t k = i; k < f->areas.count && same_file(&f->areas.list[k], a); k++)
			data = f->areas.list[k].m.end;
		f->zero_data[f->nzero_data++] = (struct zero_data){i, data, module_end(pid, a->m.start)};
	}
}

int footprint_read(struct footprint *f, const struct image *im, const struct maps *maps, const struct symbols *s, pid_t pid)
{
	struct rollup rollup = {.pid = pid};
	pthread_t beside;
	bool have_thread;
	int result;

	memset(f, 0, sizeof(*f));
	/* first: reading other memory may bring pages in */
	have_thread = pthread_create(&beside, NULL, read_rollup, &rollup) == 0;
	result = areas_read(&f->areas, pid);
	if (have_thread)
		pthread_join(beside, NULL);
	else
		read_rollup(&rollup);
	if (result != 0 || pages_read(&f->pages, im, pid) != 0)
		return -1;
	f->rss = rollup.rss;
	read_zero_data(f, pid);
	read_libc_data(f, pid);
	read_code_areas(f, pid);
	zones_read(&f->zones, s, maps, pid);
	f->known = true;
	return 0;
}

void footprint_free(struct footprint *f)
{
	areas_free(&f->areas);
	free(f->libc.bytes);
	free(f->code);
	free(f->zero_data);
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

		if (from < to && area_in_image(a)) {
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

		if (!area_in_image(&c->areas->list[i]))
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

		if (!area_in_image(a))
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

		if (!area_is_anonymous(a) || !a->executable)
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
	c->bytes = 0;
	for (size_t i = 0; i < g->nspans; i++)
		claim(c, g->spans[i].start, g->spans[i].end);
	g->others.free_resident = c->bytes - g->others.used_resident;	/* with the heads of the heaps */
	add_totals(r, "other arenas, in use", "other arenas, free", &g->others, "glibc's chunk headers; chunks in threads' caches count as in use");
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

static bool is_program(const struct area *a)
{
	return strcmp(area_file(a), "nginx") == 0 || strcmp(area_file(a), "openresty") == 0;
}

static struct row *file_row(struct rows *r, const struct area *a, bool writable)
{
	static const char how[] = "Rss of the file's mappings";

	if (writable)
		return is_program(a) ? row_of(r, "program", "program data", how) : row_of(r, "library", "library data", how);
	return is_program(a) ? row_of(r, "program", "program text", how) : row_of(r, "library", "library text", how);
}

static void add_zero_data(struct rows *r, struct claims *c, const struct footprint *f)
{
	for (size_t i = 0; i < f->nzero_data; i++) {
		const struct zero_data *z = &f->zero_data[i];

		c->bytes = 0;
		claim(c, z->start, z->end);
		if (c->bytes)
			file_row(r, &c->areas->list[z->area], true)->bytes += (int64_t)c->bytes;
	}
}

static void add_zone(struct rows *r, const struct zone *z, uint64_t rss)
{
	struct row *row = row_add(r, "shm", z->name, z->slab ? "Rss of its mapping; used and free as its slab pool counts" : "Rss of its mapping");

	row->zone = z;
	row->bytes = (int64_t)rss;
}

static void add_shared(struct rows *r, const struct footprint *f, const struct area *a)
{
	for (size_t i = 0; i < f->zones.count; i++) {
		if (f->zones.list[i].start == a->m.start) {
			add_zone(r, &f->zones.list[i], a->rss);
			return;
		}
	}
	row_of(r, "other", "other shared memory", "Rss of shared mappings that are no zone")->bytes += (int64_t)a->rss;
}

/* Which allocator hands out the anonymous memory, where it is not one that can be walked. */
static const char *whole_allocator(const struct areas *areas)
{
	static const char *const foreign[][2] = {{"jemalloc", "jemalloc's memory, used and free"}, {"tcmalloc", "tcmalloc's memory, used and free"},
						 {"mimalloc", "mimalloc's memory, used and free"}, {"ld-musl-", "musl's memory, used and free"}};

	for (size_t k = 0; k < sizeof(foreign) / sizeof(foreign[0]); k++)
		for (size_t i = 0; i < areas->count; i++)
			if (strstr(area_file(&areas->list[i]), foreign[k][0]))
				return foreign[k][1];
	return NULL;
}

/* What of each mapping nothing above has claimed. */
static void add_rest(struct rows *r, const struct footprint *f, const struct areas *areas)
{
	const char *whole = whole_allocator(areas);

	for (size_t i = 0; i < areas->count; i++) {
		const struct area *a = &areas->list[i];
		const int64_t left = (int64_t)a->rss - (int64_t)a->claimed;

		if (a->m.shared)
			add_shared(r, f, a);
		else if (area_is_anonymous(a) && whole)
			row_of(r, "malloc", whole, "Rss of anonymous mappings that nothing else claims")->bytes += left;
		else if (strcmp(a->m.path, "[heap]") == 0)
			row_of(r, "malloc", "brk heap, used and free", "Rss; its chunk headers could not be followed to the end")->bytes += left;
		else if (area_is_anonymous(a))
			row_of(r, "other", "other anonymous memory", "Rss of private mappings that nothing else claims")->bytes += left;
		else if (strcmp(a->m.path, "[stack]") == 0)
			row_of(r, "stack", "main stack", "Rss of its mapping")->bytes += left;
		else if (a->m.inode != 0 && is_code_file(areas, a))
			file_row(r, a, a->m.writable)->bytes += left;
		else if (a->m.inode != 0)
			row_of(r, "other", "mapped files", "Rss of files that are no code")->bytes += left;
		else
			row_of(r, "other", "the kernel's pages (vdso)", "Rss of its mappings")->bytes += left;
	}
}

bool footprint_write(FILE *out, struct footprint *f, struct image *im, const struct vm_share *shares, size_t count)
{
	struct rows rows = {0};
	struct claims claims = {.f = f, .areas = &f->areas};
	int64_t left;

	reconcile(f, &f->areas);
	add_lua(&rows, &claims, im, shares, count);
	add_code(&rows, f, &f->areas, shares, count);
	add_zero_data(&rows, &claims, f);
	add_malloc(&rows, &claims, f, im);
	add_rest(&rows, f, &f->areas);
	if (f->rss == 0)
		f->rss = (uint64_t)row_sum(&rows);	/* before Linux 4.14 there is no smaps_rollup */
	left = (int64_t)f->rss - row_sum(&rows);
	if (left)
		row_add(&rows, "other", "unattributed", "what smaps_rollup has and the rows have not")->bytes = left;
	fprintf(out, "\"rss\":%" PRIu64 ",\"rows\":[", f->rss);
	rows_write(out, &rows);
	fputc(']', out);
	free(rows.list);
	free(claims.list);
	return !rows.failed && !claims.failed;
}

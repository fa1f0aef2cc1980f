/*
** Every mapping of the process is accounted for by its Rss in smaps. Mappings that hold several things are split
** by claims on address ranges, weighed by their resident pages; what nobody claims stays a row of its own.
*/
#define _GNU_SOURCE
#include "footprint/footprint.h"
#include "footprint/code-rows.h"
#include "footprint/rest.h"
#include "base/json.h"
#include "target/process.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

enum {
	LIBC_DATA_MOST = 1 << 20,
	WORTH_A_THREAD = 32 << 20,	/* bytes: to look at the pages of less takes no longer than a thread does to begin */
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

	r->rss = process_rss(r->pid);
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

int footprint_read_areas(struct footprint *f, uint64_t mapped, pid_t pid)
{
	struct rollup rollup = {.pid = pid};
	pthread_t beside;
	bool have_thread;
	int result;

	memset(f, 0, sizeof(*f));
	/* first: reading other memory may bring pages in */
	have_thread = mapped > WORTH_A_THREAD && pthread_create(&beside, NULL, read_rollup, &rollup) == 0;
	result = areas_read(&f->areas, pid);
	if (have_thread)
		pthread_join(beside, NULL);
	else
		read_rollup(&rollup);
	f->rss = rollup.rss;
	return result;
}

void footprint_read_process(struct footprint *f, const struct image *im, const struct maps *maps, const struct symbols *s,
			    struct zone_arena *arena, pid_t pid)
{
	roots_read_threads(&f->roots, pid);
	zones_read(&f->zones, s, maps, pid);
	if (im->alive)
		im->alive(im->alive_context);	/* copying large zones takes a time of its own */
	zones_copy(&f->zones, arena, pid, im->deadline_ns);
}

int footprint_read_memory(struct footprint *f, const struct image *im, const struct kept *kept, pid_t pid)
{
	if (pages_read(&f->pages, im, pid) != 0)
		return -1;
	kept_mark(kept, &f->pages);
	zero_data_read(&f->zero_data, &f->areas, pid);
	read_libc_data(f, pid);
	machine_code_read(&f->code, &f->areas, pid);
	roots_read_memory(&f->roots, &f->areas, pid);
	f->known = true;
	return 0;
}

void footprint_free(struct footprint *f)
{
	areas_free(&f->areas);
	free(f->libc.bytes);
	machine_code_free(&f->code);
	zero_data_free(&f->zero_data);
	pages_free(&f->pages);
	zones_free(&f->zones);
	roots_free(&f->roots);
	free(f->claims.list);
	holders_free(&f->holders);
	memset(f, 0, sizeof(*f));
}

/* -- Afterwards ---------------------------------------------------------- */

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

/* Why nobody can be told to hold a block: NULL where all blocks are known, and nothing of Lua is among them. */
static const char *unknown_holders(const struct footprint *f, const struct vm *vms, size_t count)
{
	const char *allocator = malloc_memory_foreign(&f->malloc, &f->areas);

	if (allocator)
		return allocator;
	for (size_t i = 0; i < count; i++)
		if (vms[i].on_malloc)
			return "LuaJIT takes its memory from malloc";
	if (!f->malloc.main_known && !f->malloc.musl.known)
		return "glibc's chunk headers could not be followed to the end of its heap";
	return f->roots.failed ? "a page of data, the stack or registers could not be read" : NULL;
}

void footprint_claim(struct footprint *f, struct image *im, struct vm *vms, size_t count, const struct cycle *cycle, const struct symbols *s)
{
	struct blocks *blocks = &f->holders.blocks;
	const struct musl_memory musl = {im, &f->roots, &f->zero_data, &f->claims};
	const struct nginx_memory nginx = {im, &f->roots, &f->claims, &f->zero_data, cycle, symbols_find(s, "ngx_event_timer_rbtree")};

	f->claims = (struct claims){.pages = &f->pages, .areas = &f->areas};
	blocks->im = im;
	if (!f->saved)
		reconcile(f, &f->areas);
	f->lua_resident = lua_memory_claim(&f->claims, im, vms, count);
	zero_data_claim(&f->claims, &f->zero_data);
	malloc_memory_claim(&f->malloc, &musl, &f->libc, blocks);
	f->unknown_holders = unknown_holders(f, vms, count);
	if (f->unknown_holders)
		return;
	roots_forget(&f->roots, f->malloc.main_state.start, f->malloc.main_state.end);
	if (!blocks_settle(blocks))
		f->holders.failed = true;
	else
		nginx_holders_take(&f->holders, &nginx);
}

struct holders *footprint_holders(struct footprint *f)
{
	return f->known && !f->unknown_holders ? &f->holders : NULL;
}

static void write_holders(FILE *out, const struct holders *h)
{
	fputs("\"holders\":[", out);
	for (size_t i = 0; i < h->count; i++) {
		fputs(i ? ",[" : "[", out);
		json_string(out, h->list[i].name, strlen(h->list[i].name));
		fprintf(out, ",%" PRIu64 ",%" PRIu64 "]", h->list[i].held.objects, h->list[i].held.bytes);
	}
	fputc(']', out);
}

/* Lua has taken what it holds: the rest comes, and what is left is lost. */
static bool write_malloc(FILE *out, struct footprint *f, const struct image *im, const struct symbols *s)
{
	struct holders *h = footprint_holders(f);
	struct lost lost;
	bool ok;

	if (!h) {
		fputs(",\"malloc\":null,\"mallocWhy\":", out);
		json_string(out, f->unknown_holders, strlen(f->unknown_holders));
		return true;
	}
	roots_hold_rest(h, &f->roots, &f->claims, im);
	fprintf(out, ",\"malloc\":{\"blocks\":%" PRIu64 ",\"bytes\":%" PRIu64 ",", h->blocks.count, h->blocks.bytes);
	write_holders(out, h);
	lost_find(&lost, h, s, f->malloc.main_state);
	fputs(",\"lost\":", out);
	lost_json(out, &lost, s);
	fputc('}', out);
	ok = !lost.failed && !h->failed;
	lost_free(&lost);
	return ok;
}

static void write_details(FILE *out, const struct footprint *f)
{
	if (f->details)
		malloc_memory_write_arenas(out, &f->malloc);
}

bool footprint_write(FILE *out, struct footprint *f, struct image *im, const struct vm_share *shares, size_t count, const struct symbols *s)
{
	struct rows rows = {0};
	int64_t left;
	bool ok;

	if (f->saved) {
		fprintf(out, "\"rss\":%" PRIu64, f->rss);
		write_details(out, f);
		return write_malloc(out, f, im, s) && !f->claims.failed && !f->malloc.failed;
	}
	zones_count(&f->zones);
	lua_memory_add_rows(&rows, f->lua_resident, shares, count);
	machine_code_add_rows(&rows, &f->code, &f->areas, shares, count);
	code_rows_add_zero_data(&rows, &f->areas, &f->zero_data);
	malloc_memory_add_rows(&rows, &f->malloc);
	rest_add_rows(&rows, &f->zones, &f->areas, &f->malloc);
	if (f->rss == 0)
		f->rss = (uint64_t)rows_sum(&rows);	/* before Linux 4.14 there is no smaps_rollup */
	left = (int64_t)f->rss - rows_sum(&rows);
	if (left)
		rows_add(&rows, "other", "unattributed", "what smaps_rollup has and the rows have not")->bytes = left;
	fprintf(out, "\"rss\":%" PRIu64 ",\"rows\":[", f->rss);
	rows_write(out, &rows);
	fputc(']', out);
	write_details(out, f);
	ok = write_malloc(out, f, im, s) && !rows.failed && !f->claims.failed && !f->malloc.failed;
	free(rows.list);
	return ok;
}

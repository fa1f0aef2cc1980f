/*
** Every mapping of the process is accounted for by its Rss in smaps. Mappings that hold several things are split
** by claims on address ranges, weighed by their resident pages; what nobody claims stays a row of its own.
*/
#define _GNU_SOURCE
#include "footprint.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

enum { LIBC_DATA_MOST = 1 << 20 };

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

int footprint_read(struct footprint *f, const struct image *im, const struct maps *maps, const struct symbols *s, struct zone_arena *arena, pid_t pid)
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
	zero_data_read(&f->zero_data, &f->areas, pid);
	read_libc_data(f, pid);
	machine_code_read(&f->code, &f->areas, pid);
	zones_read(&f->zones, s, maps, pid);
	if (im->alive)
		im->alive(im->alive_context);	/* copying large zones takes a time of its own */
	zones_copy(&f->zones, arena, pid, im->deadline_ns);
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

bool footprint_write(FILE *out, struct footprint *f, struct image *im, const struct vm_share *shares, size_t count)
{
	struct rows rows = {0};
	struct claims claims = {.pages = &f->pages, .areas = &f->areas};
	int64_t left;

	reconcile(f, &f->areas);
	zones_count(&f->zones);
	add_lua(&rows, &claims, im, shares, count);
	add_machine_code(&rows, &f->code, &f->areas, shares, count);
	add_zero_data(&rows, &claims, &f->zero_data);
	add_malloc(&rows, &claims, im, &f->libc);
	add_rest(&rows, &f->zones, &f->areas);
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

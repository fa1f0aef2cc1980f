/*
** Damages a core file at random, over and over, and opens it: it is refused with a reason, or all of it can be asked for.
** damaged-core FILE TIMES. FILE is written to, and is as before in the end. Built with sanitizers.
*/
#include "target/core.h"
#include "target/pagemap.h"
#include "base/page.h"

#include <elf.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { MOST = 8 };	/* words that are damaged at a time */

struct range {
	uint64_t start, size;
};

struct damage {
	off_t at;
	uint64_t was;
};

static uint64_t state = UINT64_C(88172645463325252);

static uint64_t next_random(void)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return state;
}

static uint64_t new_value(uint64_t was)
{
	switch (next_random() % 6) {
	case 0: return 0;
	case 1: return ~UINT64_C(0);
	case 2: return next_random();
	case 3: return was ^ UINT64_C(1) << next_random() % 64;
	case 4: return was + PAGE * (next_random() % 64);
	default: return next_random() % PAGE;
	}
}

/* The header, the segments, the notes: what a reader believes. */
static void find_ranges(int fd, struct range ranges[3])
{
	Elf64_Ehdr head;
	Elf64_Phdr first;	/* of kernels and gdb: the notes */

	if (pread(fd, &head, sizeof(head), 0) != sizeof(head) || pread(fd, &first, sizeof(first), (off_t)head.e_phoff) != sizeof(first) ||
	    first.p_type != PT_NOTE)
		abort();
	ranges[0] = (struct range){0, sizeof(head)};
	ranges[1] = (struct range){head.e_phoff, (uint64_t)head.e_phnum * sizeof(first)};
	ranges[2] = (struct range){first.p_offset, first.p_filesz};
}

static void damage_one(int fd, const struct range ranges[3], struct damage *d)
{
	const struct range r = ranges[next_random() % 3];
	uint64_t value;

	d->at = (off_t)(r.start + next_random() % (r.size - 7));
	if (pread(fd, &d->was, sizeof(d->was), d->at) != sizeof(d->was))
		abort();
	value = new_value(d->was);
	if (pwrite(fd, &value, sizeof(value), d->at) != sizeof(value))
		abort();
}

static void repair(int fd, const struct damage *d)
{
	if (pwrite(fd, &d->was, sizeof(d->was), d->at) != sizeof(d->was))
		abort();
}

static void ask_for_all(void)
{
	struct maps maps;
	struct areas areas;
	struct threads threads;
	uint8_t bytes[2 * PAGE];
	uint64_t entries[2];

	if (core_maps(&maps) != 0 || core_areas(&areas) != 0)
		abort();
	core_threads(&threads);
	for (size_t i = 0; i < maps.count; i++) {
		const uint64_t at = maps.list[i].end - PAGE - next_random() % PAGE;

		core_pages(maps.list[i].start, entries, 2);
		if (core_read(raddr(at), bytes, sizeof(bytes)) != 0)
			core_read(raddr(maps.list[i].start), bytes, PAGE);
	}
	for (size_t at = 0; at < core_facts()->missing_size; at += strlen(core_facts()->missing + at) + 1)
		;
	threads_free(&threads);
	areas_free(&areas);
	maps_free(&maps);
}

int main(int argc, char **argv)
{
	const int times = argc == 3 ? atoi(argv[2]) : 0, fd = argc == 3 ? open(argv[1], O_RDWR | O_CLOEXEC) : -1;
	struct damage done[MOST];
	struct range ranges[3];
	int opened = 0, refused = 0;

	if (fd < 0)
		return 2;
	find_ranges(fd, ranges);
	for (int i = 0; i < times; i++) {
		const struct core_files files = {i % 2 ? "/nowhere/../" : NULL, NULL};
		const size_t n = i == 0 ? 0 : 1 + next_random() % MOST;
		struct error e = {EXIT_OK, ""};

		for (size_t k = 0; k < n; k++)
			damage_one(fd, ranges, &done[k]);
		if (core_open(argv[1], &files, &e) == 0) {
			opened++;
			ask_for_all();
			core_close();
		} else if (e.code != EXIT_OK && e.text[0]) {
			refused++;
		}
		for (size_t k = n; k-- > 0;)
			repair(fd, &done[k]);
	}
	printf("%d opened, %d refused\n", opened, refused);
	close(fd);
	return 0;
}

#define _GNU_SOURCE
#include "target/core-file.h"
#include "base/page.h"
#include "base/search.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

static const char shared_memory[] = "/dev/zero";

static struct core core;

/* -- Memory in the file --------------------------------------------------- */

static const struct core_segment *segment_at(uint64_t address)
{
	const size_t i = search_first(core.segments, core.nsegments, sizeof(*core.segments), core_segment_ends_by, address);

	return i < core.nsegments && core.segments[i].start <= address ? &core.segments[i] : NULL;
}

/*
** What the core has not: the program's text, and what of its data was never written, is in the files. Private memory that
** nobody has written to yet is left out by the kernel, and is zeros.
*/
static bool read_left_out(const struct core_segment *s, uint64_t address, void *to, size_t length)
{
	const struct core_mapping *m = s->file;
	ssize_t got;

	if (!m && s->writable) {
		memset(to, 0, length);
		return true;
	}
	if (!m || m->fd < 0 || address < m->start)
		return false;
	got = pread(m->fd, to, length, (off_t)(m->offset + (address - m->start)));
	if (got < 0)
		return false;
	memset((uint8_t *)to + got, 0, length - (size_t)got);	/* the last page, beyond the file's end */
	return true;
}

int core_read(struct raddr from, void *to, size_t length)
{
	uint8_t *out = to;

	while (length > 0) {
		const struct core_segment *s = segment_at(from.a);
		uint64_t within, part;

		if (!s) {
			errno = EFAULT;
			return -1;
		}
		within = from.a - s->start;
		part = (within < s->size ? s->size : s->end - s->start) - within;
		if (part > length)
			part = length;
		if (within < s->size) {
			memcpy(out, core.bytes + s->at + within, (size_t)part);
		} else if (!read_left_out(s, from.a, out, (size_t)part)) {
			errno = EFAULT;
			return -1;
		}
		out += part;
		from.a += part;
		length -= (size_t)part;
	}
	return 0;
}

static bool has_page(const struct core_segment *s, uint64_t address)
{
	static const uint8_t zeros[PAGE];

	return s && address - s->start + PAGE <= s->size && memcmp(core.bytes + s->at + (address - s->start), zeros, PAGE) != 0;
}

/* As the kernel's page map: a page that is in the file, and is not all zeros, was resident and is the process's own. */
int core_pages(uint64_t start, uint64_t *entries, size_t units)
{
	const uint64_t present = UINT64_C(1) << 63;

	for (size_t i = 0; i < units; i++)
		entries[i] = has_page(segment_at(start + i * PAGE), start + i * PAGE) ? present : 0;
	return 0;
}

void core_threads(struct threads *t)
{
	t->count = 0;
	t->list = calloc(core.threads.count + 1, sizeof(*t->list));
	if (!t->list)
		return;
	t->count = core.threads.count;
	if (t->count)
		memcpy(t->list, core.threads.list, t->count * sizeof(*t->list));
}

/* -- What was mapped ------------------------------------------------------ */

static bool is_shared(const struct core_segment *s)
{
	return s->file && strncmp(s->file->path, shared_memory, sizeof(shared_memory) - 1) == 0;
}

static struct mapping mapping_of(const struct core_segment *s)
{
	struct mapping m = {.start = s->start, .end = s->end, .readable = s->readable, .writable = s->writable, .shared = is_shared(s)};

	if (s->file) {
		m.offset = s->file->offset + (s->start - s->file->start);
		m.inode = s->file->inode;
	}
	snprintf(m.path, sizeof(m.path), "%.*s", (int)sizeof(m.path) - 1, s->file ? s->file->path : s->name ? s->name : "");
	return m;
}

int core_maps(struct maps *maps)
{
	maps->count = 0;
	maps->list = calloc(core.nsegments + 1, sizeof(*maps->list));
	if (!maps->list)
		return -1;
	while (maps->count < core.nsegments) {
		maps->list[maps->count] = mapping_of(&core.segments[maps->count]);
		maps->count++;
	}
	return 0;
}

static uint64_t bytes_with_something(const struct core_segment *s)
{
	uint64_t bytes = 0;

	for (uint64_t at = s->start; at < s->start + s->size; at += PAGE)
		bytes += has_page(s, at) ? PAGE : 0;
	return bytes;
}

int core_areas(struct areas *areas)
{
	areas->count = 0;
	areas->list = calloc(core.nsegments + 1, sizeof(*areas->list));
	if (!areas->list)
		return -1;
	for (; areas->count < core.nsegments; areas->count++) {
		const struct core_segment *s = &core.segments[areas->count];

		areas->list[areas->count] = (struct area){.m = mapping_of(s), .executable = s->executable, .rss = bytes_with_something(s)};
	}
	return 0;
}

/* -- Opening -------------------------------------------------------------- */

/* Whether a file is still the one that was mapped: its first page, with the build id, is in the core. */
static bool same_file(int fd, const struct core_mapping *m)
{
	const struct core_segment *s = segment_at(m->start);
	uint8_t page[PAGE];

	if (m->offset != 0 || !s || s->size < PAGE || s->start != m->start)
		return true;	/* nothing to tell it by */
	return pread(fd, page, PAGE, 0) == PAGE && memcmp(page, core.bytes + s->at, PAGE) == 0;
}

static int open_mapped(const char *path, const struct core_files *files)
{
	char name[4096];
	int length;

	if (files->program && strcmp(path, core.facts.program) == 0)
		return open(files->program, O_RDONLY | O_CLOEXEC);
	length = snprintf(name, sizeof(name), "%s%s", files->root ? files->root : "", path);
	return length < (int)sizeof(name) ? open(name, O_RDONLY | O_CLOEXEC) : -1;
}

static void open_files(const struct core_files *files)
{
	for (size_t i = 0; i < core.nmappings; i++) {
		struct core_mapping *m = &core.mappings[i];

		for (size_t k = 0; k < i && m->fd < 0; k++)
			if (core.mappings[k].inode == m->inode && core.mappings[k].fd >= 0)
				m->fd = fcntl(core.mappings[k].fd, F_DUPFD_CLOEXEC, 3);
		if (m->fd >= 0 || strncmp(m->path, shared_memory, sizeof(shared_memory) - 1) == 0)
			continue;
		m->fd = open_mapped(m->path, files);
		if (m->fd >= 0 && !same_file(m->fd, m)) {
			close(m->fd);
			m->fd = -1;
		}
	}
}

static bool is_code(const struct core_mapping *m)
{
	for (size_t i = 0; i < core.nsegments; i++)
		if (core.segments[i].executable && core_segment_is_of(&core.segments[i], m))
			return true;
	return false;
}

/* The names of functions and data are where a file begins: the core has all of that, or the file has. */
static void list_missing(void)
{
	struct core_facts *f = &core.facts;

	for (size_t i = 0; i < core.nmappings; i++) {
		const struct core_mapping *m = &core.mappings[i];
		const struct core_segment *s = m->offset == 0 && m->fd < 0 ? segment_at(m->start) : NULL;
		const size_t size = strlen(m->path) + 1;

		if (!s || s->size == s->end - s->start || !is_code(m) || size > sizeof(f->missing) - f->missing_size)
			continue;
		memcpy(f->missing + f->missing_size, m->path, size);
		f->missing_size += size;
	}
}

/* False where none of its own memory is there. */
static bool count_what_lacks(void)
{
	struct core_facts *f = &core.facts;
	bool has_own = false;

	for (size_t i = 0; i < core.nsegments; i++) {
		const struct core_segment *s = &core.segments[i];
		const uint64_t lacks = s->end - s->start - s->size;

		f->dumped += s->size;
		if (is_shared(s))
			f->lacks_shared += lacks;
		else if (s->file)
			f->lacks_files += lacks;
		else
			has_own |= s->writable && s->size > 0;
	}
	return has_own;
}

bool core_is(const uint8_t *head, size_t size)
{
	const Elf64_Ehdr *h = (const Elf64_Ehdr *)head;

	return size >= sizeof(*h) && memcmp(h->e_ident, ELFMAG, SELFMAG) == 0 && h->e_type == ET_CORE;
}

static int require_known(const char *file, struct error *e)
{
	const Elf64_Ehdr *head = (const Elf64_Ehdr *)core.bytes;

	if (!core_is(core.bytes, core.size))
		return error_set(e, EXIT_USAGE, "%s is no core file", file);
	if (head->e_ident[EI_CLASS] != ELFCLASS64 || head->e_ident[EI_DATA] != ELFDATA2LSB)
		return error_set(e, EXIT_UNKNOWN_BUILD, "%s is the core of a 32-bit or big-endian program: heapwalk reads 64-bit ones", file);
	core.machine = head->e_machine;
	if (core.machine != EM_X86_64 && core.machine != EM_AARCH64)
		return error_set(e, EXIT_UNKNOWN_BUILD, "%s is the core of another machine than x86-64 and arm64", file);
	return 0;
}

static int map_file(const char *file, struct error *e)
{
	const int fd = open(file, O_RDONLY | O_CLOEXEC);
	struct stat st;
	void *p = MAP_FAILED;

	if (fd >= 0 && fstat(fd, &st) == 0 && st.st_size > 0)
		p = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	if (p == MAP_FAILED) {
		const int reason = fd >= 0 && errno == 0 ? ENODATA : errno;

		if (fd >= 0)
			close(fd);
		return error_set(e, EXIT_USAGE, "cannot read %s: %s", file, strerror(reason));
	}
	close(fd);
	core.bytes = p;
	core.size = (size_t)st.st_size;
	core.facts.written_ms = (uint64_t)st.st_mtim.tv_sec * 1000 + (uint64_t)st.st_mtim.tv_nsec / 1000000;
	return 0;
}

int core_open(const char *file, const struct core_files *files, struct error *e)
{
	struct stat root;

	memset(&core, 0, sizeof(core));
	if (files->root && (stat(files->root, &root) != 0 || !S_ISDIR(root.st_mode)))
		return error_set(e, EXIT_USAGE, "%s is no folder that could have the files of the core's machine", files->root);
	errno = 0;
	if (map_file(file, e) != 0)
		return -1;
	if (require_known(file, e) != 0 || core_segments_read(&core, file, e) != 0) {
		core_close();
		return -1;
	}
	/* The program is mapped first: what else has a file lies above it. */
	snprintf(core.facts.program, sizeof(core.facts.program), "%.*s", (int)sizeof(core.facts.program) - 1,
		 core.nmappings ? core.mappings[0].path : "");
	if (!core_segments_complete(&core)) {
		core_close();
		return error_set(e, EXIT_CANNOT_READ, "out of memory");
	}
	open_files(files);
	if (files->program && (core.nmappings == 0 || core.mappings[0].fd < 0)) {
		error_set(e, EXIT_USAGE, "%s is not the program that the core file %s is of (%s)", files->program, file, core.facts.program);
		core_close();
		return -1;
	}
	if (!count_what_lacks()) {
		error_set(e, EXIT_USAGE, "the core file %s has none of the process's own memory: bit 0 of /proc/PID/coredump_filter asks for it", file);
		core_close();
		return -1;
	}
	list_missing();
	return 0;
}

void core_close(void)
{
	for (size_t i = 0; i < core.nmappings; i++)
		if (core.mappings[i].fd >= 0)
			close(core.mappings[i].fd);
	if (core.bytes)
		munmap((void *)core.bytes, core.size);
	free(core.segments);
	free(core.mappings);
	threads_free(&core.threads);
	memset(&core, 0, sizeof(core));
}

const struct core_facts *core_facts(void)
{
	return &core.facts;
}

#define _GNU_SOURCE
#include "target/core-file.h"
#include "base/page.h"
#include "base/search.h"

#include <elf.h>
#include <stdlib.h>
#include <string.h>

static const uint64_t kernel_half = UINT64_C(1) << 63;

/* -- In the file ---------------------------------------------------------- */

static int by_address(const void *a, const void *b)
{
	const struct core_segment *x = a, *y = b;

	return x->start < y->start ? -1 : x->start > y->start;
}

static int damaged(struct error *e, const char *file, const char *why)
{
	return error_set(e, EXIT_USAGE, "the core file %s is damaged: %s", file, why);
}

int core_segments_read(struct core *c, const char *file, struct error *e)
{
	const Elf64_Ehdr *head = (const Elf64_Ehdr *)c->bytes;
	const Elf64_Phdr *ph;
	size_t count = head->e_phnum;

	/* 65,535 and more are counted in the first section header. */
	if (count == PN_XNUM && head->e_shoff % 8 == 0 && head->e_shoff <= c->size - sizeof(Elf64_Shdr))
		count = ((const Elf64_Shdr *)(c->bytes + head->e_shoff))->sh_info;
	if (head->e_phentsize != sizeof(*ph) || head->e_phoff % 8 || head->e_phoff > c->size ||
	    count > (c->size - head->e_phoff) / sizeof(*ph))
		return damaged(e, file, "its list of segments does not fit in it");
	ph = (const Elf64_Phdr *)(c->bytes + head->e_phoff);
	c->segments = calloc(count + 1, sizeof(*c->segments));
	if (!c->segments)
		return error_set(e, EXIT_CANNOT_READ, "out of memory");
	for (size_t i = 0; i < count; i++) {
		struct core_segment *s = &c->segments[c->nsegments];

		if (ph[i].p_type != PT_LOAD && ph[i].p_type != PT_NOTE)
			continue;
		if (ph[i].p_offset > c->size || ph[i].p_filesz > c->size - ph[i].p_offset)
			return error_set(
				e, EXIT_USAGE,
				"the core file %s is cut off: it has %.1f MB, and a segment goes on to %.1f MB. Allow a larger one (ulimit -c unlimited), or make room on the disk",
				file, (double)c->size / 1e6, ((double)ph[i].p_offset + (double)ph[i].p_filesz) / 1e6);
		if (ph[i].p_type == PT_NOTE) {
			core_notes_read(c, ph[i].p_offset, ph[i].p_filesz);
			continue;
		}
		if (ph[i].p_memsz == 0 || ph[i].p_vaddr >= kernel_half)
			continue;
		if (ph[i].p_vaddr % PAGE || ph[i].p_memsz % PAGE || ph[i].p_filesz % PAGE || ph[i].p_filesz > ph[i].p_memsz ||
		    ph[i].p_vaddr + ph[i].p_memsz >= kernel_half)
			return damaged(e, file, "a segment is no range of pages");
		*s = (struct core_segment){ph[i].p_vaddr,
					   ph[i].p_vaddr + ph[i].p_memsz,
					   ph[i].p_offset,
					   ph[i].p_filesz,
					   ph[i].p_flags & PF_R,
					   ph[i].p_flags & PF_W,
					   ph[i].p_flags & PF_X,
					   NULL,
					   NULL};
		c->nsegments++;
	}
	qsort(c->segments, c->nsegments, sizeof(*c->segments), by_address);
	for (size_t i = 1; i < c->nsegments; i++)
		if (c->segments[i].start < c->segments[i - 1].end)
			return damaged(e, file, "two segments overlap");
	return c->nsegments ? 0 : damaged(e, file, "it has no memory in it");
}

/* -- In the files that were mapped ---------------------------------------- */

static bool is_written_elsewhere(const struct core *c, const struct core_mapping *m, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (c->segments[i].writable && core_segment_is_of(&c->segments[i], m))
			return true;
	return false;
}

/*
** gcore leaves out what the files have as well: read-only, and code where other parts of the file are written, as the data of
** programs and libraries are.
*/
static bool add_left_out(struct core *c)
{
	const size_t present = c->nsegments;
	struct core_segment *all = realloc(c->segments, (present + c->nmappings + 1) * sizeof(*all));

	if (!all)
		return false;
	c->segments = all;
	for (size_t i = 0; i < c->nmappings; i++) {
		const struct core_mapping *m = &c->mappings[i];
		const size_t next = search_first(all, present, sizeof(*all), core_segment_ends_by, m->start);

		if (m->start >= m->end || m->start % PAGE || m->end % PAGE || (next < present && all[next].start < m->end))
			continue;
		all[c->nsegments++] = (struct core_segment){.start = m->start,
							    .end = m->end,
							    .readable = true,
							    .file = m,
							    .executable = is_written_elsewhere(c, m, present)};
	}
	qsort(all, c->nsegments, sizeof(*all), by_address);
	return true;
}

static struct core_mapping *mapping_at(const struct core *c, uint64_t address)
{
	for (size_t i = 0; i < c->nmappings; i++)
		if (address >= c->mappings[i].start && address < c->mappings[i].end)
			return &c->mappings[i];
	return NULL;
}

/*
** What /proc would name. The brk heap is the first private memory after the program's own that does not touch it; who takes
** something else for it sees that its chunks lead nowhere.
*/
static void name_segments(struct core *c)
{
	const uint64_t stack = c->threads.count ? c->threads.list[0].stack : 0;
	uint64_t program_end = 0, heap_end = 0;

	for (size_t i = 0; i < c->nsegments; i++) {
		struct core_segment *s = &c->segments[i];

		if (stack >= s->start && stack < s->end)
			s->name = "[stack]";
		else if (c->vdso >= s->start && c->vdso < s->end)
			s->name = "[vdso]";
		if (s->file && strcmp(s->file->path, c->facts.program) == 0) {
			program_end = s->end;
		} else if (program_end && !s->file && !s->name && s->writable) {
			if (s->start == program_end) {
				program_end = s->end; /* data that start as zeros */
			} else if (heap_end == 0 || s->start == heap_end) {
				s->name = "[heap]";
				heap_end = s->end;
			}
		}
	}
}

bool core_segments_complete(struct core *c)
{
	for (size_t i = 0; i < c->nsegments; i++)
		c->segments[i].file = mapping_at(c, c->segments[i].start);
	if (!add_left_out(c))
		return false;
	name_segments(c);
	return true;
}

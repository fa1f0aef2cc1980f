#include "image/code-files.h"
#include "base/page.h"

#include <elf.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_PHDRS = 64 };

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
			first = page_down(ph[i].p_vaddr);
		if (ph[i].p_vaddr + ph[i].p_memsz > last)
			last = ph[i].p_vaddr + ph[i].p_memsz;
	}
	return first == UINT64_MAX ? 0 : page_up(base + last - first);
}

static bool same_file(const struct area *a, const struct area *b)
{
	return a->m.inode == b->m.inode && strcmp(a->m.path, b->m.path) == 0;
}

bool is_code_file(const struct areas *areas, const struct area *file)
{
	for (size_t i = 0; i < areas->count; i++)
		if (areas->list[i].executable && same_file(&areas->list[i], file))
			return true;
	return false;
}

/* Data that start as zeros follow the file's last mapping without a file of their own. */
void zero_data_read(struct zero_data_list *z, const struct areas *areas, pid_t pid)
{
	z->list = calloc(areas->count + 1, sizeof(*z->list));
	for (size_t i = 0; z->list && i < areas->count; i++) {
		const struct area *a = &areas->list[i];
		uint64_t data = 0;

		if (a->m.inode == 0 || a->m.offset != 0 || a->m.path[0] != '/' || !is_code_file(areas, a))
			continue;
		for (size_t k = i; k < areas->count && same_file(&areas->list[k], a); k++)
			data = areas->list[k].m.end;
		z->list[z->count++] = (struct zero_data){.area = i, .start = data, .end = module_end(pid, a->m.start)};
	}
}

void zero_data_free(struct zero_data_list *z)
{
	free(z->list);
	memset(z, 0, sizeof(*z));
}

static bool is_program(const struct area *a)
{
	return strcmp(area_file(a), "nginx") == 0 || strcmp(area_file(a), "openresty") == 0;
}

struct row *code_file_row(struct rows *r, const struct area *a, bool writable)
{
	static const char how[] = "Rss of the file's mappings";

	if (writable)
		return is_program(a) ? row_of(r, "program", "program data", how) : row_of(r, "library", "library data", how);
	return is_program(a) ? row_of(r, "program", "program text", how) : row_of(r, "library", "library text", how);
}

void claim_zero_data(struct claims *c, struct zero_data_list *list)
{
	for (size_t i = 0; i < list->count; i++) {
		struct zero_data *z = &list->list[i];

		c->bytes = 0;
		claim(c, z->start, z->end);
		z->resident = c->bytes;
	}
}

void add_zero_data(struct rows *r, const struct areas *areas, const struct zero_data_list *list)
{
	for (size_t i = 0; i < list->count; i++)
		if (list->list[i].resident)
			code_file_row(r, &areas->list[list->list[i].area], true)->bytes += (int64_t)list->list[i].resident;
}

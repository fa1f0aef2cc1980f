#include "image/zero-data.h"
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

/* Data that start as zeros follow the file's last mapping without a file of their own. */
void zero_data_read(struct zero_data_list *z, const struct areas *areas, pid_t pid)
{
	z->list = calloc(areas->count + 1, sizeof(*z->list));
	for (size_t i = 0; z->list && i < areas->count; i++) {
		const struct area *a = &areas->list[i];
		uint64_t data = 0;

		if (a->m.inode == 0 || a->m.offset != 0 || a->m.path[0] != '/' || !area_is_code(a, areas))
			continue;
		for (size_t k = i; k < areas->count && area_same_file(&areas->list[k], a); k++)
			data = areas->list[k].m.end;
		z->list[z->count++] = (struct zero_data){.area = i, .start = data, .end = module_end(pid, a->m.start)};
	}
}

void zero_data_free(struct zero_data_list *z)
{
	free(z->list);
	memset(z, 0, sizeof(*z));
}

void zero_data_claim(struct claims *c, struct zero_data_list *list)
{
	for (size_t i = 0; i < list->count; i++) {
		struct zero_data *z = &list->list[i];

		c->bytes = 0;
		claims_add(c, z->start, z->end);
		z->resident = c->bytes;
	}
}

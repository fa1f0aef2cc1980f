#include "target/symbols.h"
#include "base/page.h"
#include "base/list.h"
#include "base/merge-sort.h"

#include <elf.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	MAX_PHDRS = 64,
	MAX_DYNAMIC = 512,
	MAX_SYMBOLS = 1 << 17,
	MAX_STRINGS = 8 << 20,
};

/* What the dynamic section says of the symbol table. */
struct dynamic {
	uint64_t symtab, strtab, strsz, gnu_hash, hash;
};

/* glibc relocates these pointers in place, musl leaves offsets. */
static uint64_t relocated(uint64_t base, uint64_t value)
{
	return value && value < base ? base + value : value;
}

static int dynamic_read(pid_t pid, uint64_t base, struct dynamic *d)
{
	Elf64_Ehdr eh;
	Elf64_Phdr ph[MAX_PHDRS];
	Elf64_Dyn dyn[MAX_DYNAMIC];
	uint64_t at = 0, size = 0, bias = base;
	bool found_load = false;

	memset(d, 0, sizeof(*d));
	if (memory_read(pid, raddr(base), &eh, sizeof(eh)) != 0)
		return -1;
	if (memcmp(eh.e_ident, ELFMAG, SELFMAG) != 0 || eh.e_ident[EI_CLASS] != ELFCLASS64 || eh.e_phnum > MAX_PHDRS ||
	    eh.e_phentsize != sizeof(ph[0]) || memory_read(pid, raddr(base + eh.e_phoff), ph, eh.e_phnum * sizeof(ph[0])) != 0)
		return -1;
	for (int i = 0; i < eh.e_phnum; i++) {
		if (ph[i].p_type == PT_LOAD && !found_load) {
			bias = base - (page_down(ph[i].p_vaddr));
			found_load = true;
		} else if (ph[i].p_type == PT_DYNAMIC) {
			at = ph[i].p_vaddr;
			size = ph[i].p_memsz;
		}
	}
	if (size == 0)
		return -1;
	if (size > sizeof(dyn))
		size = sizeof(dyn);
	if (memory_read(pid, raddr(bias + at), dyn, size) != 0)
		return -1;
	for (size_t i = 0; i < size / sizeof(dyn[0]) && dyn[i].d_tag != DT_NULL; i++) {
		uint64_t v = dyn[i].d_un.d_val;

		switch (dyn[i].d_tag) {
		case DT_SYMTAB: d->symtab = relocated(bias, v); break;
		case DT_STRTAB: d->strtab = relocated(bias, v); break;
		case DT_STRSZ: d->strsz = v; break;
		case DT_GNU_HASH: d->gnu_hash = relocated(bias, v); break;
		case DT_HASH: d->hash = relocated(bias, v); break;
		}
	}
	return d->symtab && d->strtab && d->strsz ? 0 : -1;
}

/* The dynamic section does not tell how many symbols there are; the hash tables do. */
static size_t symbol_count(pid_t pid, const struct dynamic *d)
{
	uint32_t head[4], last = 0, *buckets;

	if (d->hash && memory_read(pid, raddr(d->hash), head, 8) == 0)
		return head[1] < MAX_SYMBOLS ? head[1] : MAX_SYMBOLS;
	if (!d->gnu_hash || memory_read(pid, raddr(d->gnu_hash), head, 16) != 0 || head[0] > MAX_SYMBOLS || head[2] > MAX_SYMBOLS)
		return 0;
	buckets = malloc(head[0] * sizeof(*buckets) + 1);
	if (!buckets)
		return 0;
	if (memory_read(pid, raddr(d->gnu_hash + 16 + (uint64_t)head[2] * 8), buckets, head[0] * sizeof(*buckets)) != 0) {
		free(buckets);
		return 0;
	}
	for (uint32_t i = 0; i < head[0]; i++)
		if (buckets[i] > last)
			last = buckets[i];
	free(buckets);
	while (last >= head[1] && last < MAX_SYMBOLS) {
		uint32_t hash;
		uint64_t chain = d->gnu_hash + 16 + (uint64_t)head[2] * 8 + (uint64_t)head[0] * 4 + (uint64_t)(last - head[1]) * 4;

		if (memory_read(pid, raddr(chain), &hash, 4) != 0)
			return 0;
		last++;
		if (hash & 1)
			break;
	}
	return last;
}

static void add_symbol(struct symbols *s, uint64_t address, uint64_t size, const char *name)
{
	struct symbol *sym;

	if (!LIST_HAS_ROOM(s->list, s->count, s->room))
		return;
	sym = &s->list[s->count++];
	sym->address = address;
	sym->size = size;
	snprintf(sym->name, sizeof(sym->name), "%.63s", name);
}

static void module_symbols(struct symbols *s, pid_t pid, uint64_t base)
{
	struct dynamic d;
	Elf64_Ehdr eh;
	Elf64_Sym *syms = NULL;
	char *strings = NULL;
	size_t n;

	if (dynamic_read(pid, base, &d) != 0 || d.strsz > MAX_STRINGS || memory_read(pid, raddr(base), &eh, sizeof(eh)) != 0)
		return;
	n = symbol_count(pid, &d);
	syms = malloc(n * sizeof(*syms) + 1);
	strings = malloc(d.strsz + 1);
	if (syms && strings && n > 0 && memory_read(pid, raddr(d.symtab), syms, n * sizeof(*syms)) == 0 &&
	    memory_read(pid, raddr(d.strtab), strings, d.strsz) == 0) {
		strings[d.strsz] = '\0';
		for (size_t i = 0; i < n; i++) {
			const Elf64_Sym *sym = &syms[i];

			if (sym->st_shndx == SHN_UNDEF || ELF64_ST_TYPE(sym->st_info) != STT_OBJECT || sym->st_name >= d.strsz ||
			    strncmp(strings + sym->st_name, "ngx_", 4) != 0)
				continue;
			add_symbol(s, eh.e_type == ET_DYN ? base + sym->st_value : sym->st_value, sym->st_size, strings + sym->st_name);
		}
	}
	free(syms);
	free(strings);
}

static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

static int by_address(const void *a, const void *b)
{
	const struct symbol *x = a, *y = b;

	if (x->address != y->address)
		return x->address < y->address ? -1 : 1;
	return strcmp(x->name, y->name);	/* a copy-relocated symbol has the same name in both modules */
}

int symbols_read(struct symbols *s, const struct maps *maps, pid_t pid)
{
	memset(s, 0, sizeof(*s));
	s->modules = calloc(maps->count, sizeof(*s->modules));
	if (!s->modules)
		return -1;
	for (size_t i = 0; i < maps->count; i++) {
		const struct mapping *m = &maps->list[i];
		struct module *last = s->nmodules ? &s->modules[s->nmodules - 1] : NULL;
		const char *name = base_name(m->path);

		if (m->path[0] != '/' || m->shared) {
			/* .bss follows its file's mappings, without a name */
			if (last && m->path[0] == '\0' && m->start == last->end && m->writable)
				last->end = m->end;
			continue;
		}
		if (last && strncmp(last->name, name, sizeof(last->name) - 1) == 0) {
			last->end = m->end;
			continue;
		}
		if (m->offset != 0)
			continue;
		last = &s->modules[s->nmodules++];
		last->start = m->start;
		last->end = m->end;
		snprintf(last->name, sizeof(last->name), "%.63s", name);
		if (s->nmodules == 1 || strstr(name, "nginx") || strstr(name, "openresty") || strstr(name, "ngx") || strstr(name, "lua"))
			module_symbols(s, pid, m->start);
	}
	merge_sort(s->list, s->count, sizeof(*s->list), by_address);
	return 0;
}

void symbols_free(struct symbols *s)
{
	free(s->list);
	free(s->modules);
	memset(s, 0, sizeof(*s));
}

uint64_t symbols_find(const struct symbols *s, const char *name)
{
	for (size_t i = 0; i < s->count; i++)
		if (strcmp(s->list[i].name, name) == 0)
			return s->list[i].address;
	return 0;
}

size_t symbols_name(const struct symbols *s, uint64_t address, char *to, size_t room)
{
	const struct module *m = symbols_module(s, address);
	int n = 0;

	for (size_t i = 0; i < s->count && n == 0; i++) {
		const struct symbol *sym = &s->list[i];

		if (address == sym->address)
			n = snprintf(to, room, "%s", sym->name);
		else if (address > sym->address && address < sym->address + sym->size)
			n = snprintf(to, room, "%s+0x%llx", sym->name, (unsigned long long)(address - sym->address));
	}
	if (n == 0 && m)
		n = snprintf(to, room, "%s+0x%llx", m->name, (unsigned long long)(address - m->start));
	return n < 0 ? 0 : (size_t)n < room ? (size_t)n : room - 1;
}

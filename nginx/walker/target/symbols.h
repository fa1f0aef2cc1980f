/*
** Exported symbols of a live process, read from its memory: no files, so it makes no
** difference what container or deleted package the process runs from.
*/
#ifndef HW_SYMBOLS_H
#define HW_SYMBOLS_H

#include "target/maps.h"
#include "target/memory.h"

struct symbol {
	uint64_t address, size;
	char name[64];
};

struct module {
	uint64_t start, end;	/* from its first to its last mapping */
	char name[64];		/* file name without folders */
};

struct symbols {
	struct symbol *list;	/* data symbols that begin with ngx_, by address */
	size_t count, room;
	struct module *modules;
	size_t nmodules;
};

/* Symbols of the executable and of every library whose name has "nginx", "ngx" or "lua" in it, and where all files are mapped. */
int symbols_read(struct symbols *s, const struct maps *maps, pid_t pid);
void symbols_free(struct symbols *s);
/* Address of a symbol; 0 where it is not exported. */
uint64_t symbols_find(const struct symbols *s, const char *name);
/* The program or library that an address lies in, its variables included; NULL: in none. */
static inline const struct module *symbols_module(const struct symbols *s, uint64_t address)
{
	for (size_t i = 0; i < s->nmodules; i++)
		if (address >= s->modules[i].start && address < s->modules[i].end)
			return &s->modules[i];
	return NULL;
}

/* "name", "name+0x8" or "module+0x1f"; returns the length, 0 where address is in no module. */
size_t symbols_name(const struct symbols *s, uint64_t address, char *to, size_t room);

#endif

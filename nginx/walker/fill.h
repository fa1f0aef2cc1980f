/* What fills the rows, one function per owner of memory; each claims its ranges, the last takes what is left. */
#ifndef HW_FILL_H
#define HW_FILL_H

#include "claims.h"
#include "glibc.h"
#include "mark.h"
#include "rows.h"

/* One VM's part of the rows. */
struct vm_share {
	const struct vm *vm;
	struct tally reachable[NTYPES], fixed;
};

/* fill-lua.c: each VM's objects and LuaJIT's allocator. */
void add_lua(struct rows *r, struct claims *c, struct image *im, const struct vm_share *shares, size_t count);
/* fill-malloc.c: glibc's arenas and large blocks. */
void add_malloc(struct rows *r, struct claims *c, struct image *im, const struct libc_data *libc);
/* fill-rest.c: of each mapping what nothing before has claimed. */
void add_rest(struct rows *r, const struct zones *zones, const struct areas *areas);

#endif

/* What fills the rows, one function per owner of memory; each claims its ranges, the last takes what is left. */
#ifndef HW_FILL_H
#define HW_FILL_H

#include "malloc/blocks.h"
#include "image/claims.h"
#include "malloc/glibc.h"
#include "marker/marker.h"
#include "footprint/rows.h"

/* One VM's part of the rows. */
struct vm_share {
	const struct vm *vm;
	struct tally reachable[NTYPES], fixed;
};

/*
** fill-lua.c: claim what LuaJIT's allocator has, and note the VMs that have none of it. Returns its resident bytes. Then each
** VM's objects, and the allocator itself.
*/
uint64_t claim_lua(struct claims *c, struct image *im, struct vm *vms, size_t count);
void add_lua(struct rows *r, uint64_t resident, const struct vm_share *shares, size_t count);

/* What claim_malloc() found. */
struct malloc_memory {
	struct malloc_totals main, others, large;
	struct arena_span main_state;	/* see glibc.h */
	bool main_known, bins_known, failed;
};

/* fill-malloc.c: claim glibc's arenas and large blocks, and list their blocks in use. Then their rows. */
void claim_malloc(struct malloc_memory *mm, struct claims *c, struct image *im, const struct libc_data *libc, struct blocks *blocks);
void add_malloc(struct rows *r, const struct malloc_memory *mm);
/* fill-rest.c: of each mapping what nothing before has claimed. */
void add_rest(struct rows *r, const struct zones *zones, const struct areas *areas);
/* Which allocator hands out memory where it is not glibc's; NULL where it is. */
const char *foreign_allocator(const struct areas *areas);

#endif

/* Where all of a process's memory is: rows that sum to its resident set. */
#ifndef HW_FOOTPRINT_H
#define HW_FOOTPRINT_H

#include "image/kept.h"
#include "image/zero-data.h"
#include "footprint/lua-memory.h"
#include "footprint/malloc-memory.h"
#include "malloc/lost.h"
#include "footprint/machine-code.h"
#include "malloc/nginx-holders.h"

/* What had to be read while the process stood still. */
struct footprint {
	bool known;			/* all of it was read */
	bool details;			/* in: what is free in malloc's arenas, by size, is to be written */
	bool saved;			/* from a saved image, which has no zones and does not say what was resident: no rows */
	struct areas areas;
	uint64_t rss;			/* of smaps_rollup, in the same freeze */
	struct pages pages;
	struct zones zones;
	struct libc_data libc;
	struct machine_code code;
	struct zero_data_list zero_data;
	struct roots roots;
	/* what footprint_claim() makes of it */
	struct claims claims;
	uint64_t lua_resident;
	struct malloc_memory malloc;
	struct holders holders;
	const char *unknown_holders;	/* why it cannot be told who holds what of malloc; NULL: it can */
};

/*
** Its mappings and what is resident of them; mapped: bytes of its private memory, about. Called while it stands still, first. Returns 0,
** or -1 with errno.
*/
int footprint_read_areas(struct footprint *f, uint64_t mapped, pid_t pid);
/* What else only the process itself has: its threads, and its shared zones, which others may go on using. Called while it still does. */
void footprint_read_process(struct footprint *f, const struct image *im, const struct maps *maps, const struct symbols *s,
			    struct zone_arena *arena, pid_t pid);
/*
** What lies in its private memory. Called after its image was copied, while that is as it was: the process still stands still, or `pid`
** is a clone that was made of it, which lacks what is in `kept`. Returns 0, or -1 with errno.
*/
int footprint_read_memory(struct footprint *f, const struct image *im, const struct kept *kept, pid_t pid);
void footprint_free(struct footprint *f);

/* Say whose each range of the image is, list malloc's blocks, and let nginx take what it holds of them. Lua comes next. */
void footprint_claim(struct footprint *f, struct image *im, struct vm *vms, size_t count, const struct cycle *cycle, const struct symbols *s);
/* Those who take what of malloc they hold; NULL where that cannot be told. */
struct holders *footprint_holders(struct footprint *f);

/*
** Write "rss":N,"rows":[...],"malloc":{...}; of a saved image without rows. The image is as it was copied, marks apart.
** False when memory runs out.
*/
bool footprint_write(FILE *out, struct footprint *f, struct image *im, const struct vm_share *shares, size_t count, const struct symbols *s);

#endif

/* MADV_POPULATE_WRITE, which came with Linux 5.14: musl does not name it. An older kernel refuses it. */
#ifndef HW_POPULATE_H
#define HW_POPULATE_H

#include <sys/mman.h>

#ifndef MADV_POPULATE_WRITE
#define MADV_POPULATE_WRITE 23
#endif

#endif

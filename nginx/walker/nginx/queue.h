/* ngx_queue_t, the same in all versions: links of a ring in which the head stands, too. */
#ifndef HW_QUEUE_H
#define HW_QUEUE_H

enum { QUEUE_PREVIOUS = 0, QUEUE_NEXT = 8, QUEUE_SIZE = 16 };

#endif

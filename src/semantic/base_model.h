/* base_model: the model file that the program carries inside, models/base.zdm of the source tree;
 * tools/train_base.sh makes it. */
#ifndef ZD_SEMANTIC_BASE_MODEL_H
#define ZD_SEMANTIC_BASE_MODEL_H

#include "base/base.h"

/* The file's bytes, from a multiple of 64, part of the program. */
struct zd_bytes zd_base_model(void);

#endif

/* subject: the two people that exist before there are users. */
#include "store/subject.h"

const struct zd_subject *zd_subject_owner(void)
{
    static const struct zd_subject owner = {ZD_ROLE_OWNER, ZD_ACCESS_ALL};

    return &owner;
}

const struct zd_subject *zd_subject_visitor(void)
{
    static const struct zd_subject visitor = {ZD_ROLE_VISITOR, ZD_ACCESS_PUBLIC};

    return &visitor;
}

/*
 * unit.h - the headers that nearly every unit test needs.
 */
#pragma once

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

package cache

// sortKeys sorts a list and drops what it has twice: a Shell sort, because what
// package slices would need for it is 8 kB compressed on WebAssembly.
func sortKeys(list []string) []string {
	for gap := len(list) / 2; gap > 0; gap /= 2 {
		for i := gap; i < len(list); i++ {
			key, j := list[i], i
			for ; j >= gap && list[j-gap] > key; j -= gap {
				list[j] = list[j-gap]
			}
			list[j] = key
		}
	}
	n := 0
	for i, key := range list {
		if i == 0 || key != list[n-1] {
			list[n] = key
			n++
		}
	}
	return list[:n]
}

// findKey returns the place of a key that is in a sorted list.
func findKey(list []string, key string) int {
	low, high := 0, len(list)
	for low < high {
		if middle := (low + high) / 2; list[middle] < key {
			low = middle + 1
		} else {
			high = middle
		}
	}
	return low
}

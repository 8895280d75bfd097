package contract

import (
	"lodge/internal/platform/store"
)

// Entitled tells whether a product of an organisation or site has support on a day, and by which contract. The caller has
// made sure that the product is one of the organisation's.
func Entitled(tx *store.Tx, org, product, day string) (contract string, ok bool, err error) {
	found, err := store.Query[string](tx, selectEntitled, org, product, day)
	if err != nil || len(found) == 0 {
		return "", false, err
	}
	return found[0], true, nil
}

// InForce gives the contract by which an organisation or site has support on a day, whatever it covers: the one that ends last. Requests,
// training and knowledge base need no more.
func InForce(tx *store.Tx, org, day string) (c Contract, ok bool, err error) {
	found, err := store.Query[Contract](tx, selectActive, org, day)
	if err != nil || len(found) == 0 {
		return Contract{}, false, err
	}
	return found[0], true, nil
}

// Get gives a contract by id.
func Get(tx *store.Tx, id string) (Contract, error) {
	return store.One[Contract](tx, selectContract, id)
}

// OfOrg are all contracts of an organisation or site, the latest first.
func OfOrg(tx *store.Tx, org string) ([]Contract, error) {
	return store.Query[Contract](tx, selectOfOrg, org)
}

// Supports says how the support of each of these products of an organisation or site stands on a day, by product. Two
// statements, however many products.
func Supports(tx *store.Tx, org, day string, products ...string) (map[string]Support, error) {
	contracts, err := OfOrg(tx, org)
	if err != nil {
		return nil, err
	}
	rows, err := store.Query[struct{ Contract, Product string }](tx, selectCovered, org)
	if err != nil {
		return nil, err
	}
	covered := map[string]map[string]bool{}
	for _, r := range rows {
		if covered[r.Contract] == nil {
			covered[r.Contract] = map[string]bool{}
		}
		covered[r.Contract][r.Product] = true
	}
	all := map[string]Support{}
	for _, p := range products {
		var mine []Contract
		for _, c := range contracts {
			if only := covered[c.ID]; only == nil || only[p] {
				mine = append(mine, c)
			}
		}
		all[p] = judge(mine, day)
	}
	return all, nil
}

// OrgSupport says how the support of an organisation or site stands on a day, whatever its contracts cover.
func OrgSupport(tx *store.Tx, org, day string) (Support, error) {
	contracts, err := OfOrg(tx, org)
	return judge(contracts, day), err
}

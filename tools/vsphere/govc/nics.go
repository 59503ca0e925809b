package main

import (
	"crypto/sha256"
	"fmt"
	"sort"
	"strings"

	"github.com/vmware/govmomi/object"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"
)

// nicNames writes names of NICs by MAC address, "<mac>=<name>" separated by commas, as one value of extraConfig.
type nicNames struct {
	Key   string `json:"key"`
	Names []struct {
		// Index is that of the NIC among the NICs, ordered by slot.
		Index int    `json:"index"`
		Name  string `json:"name"`
	} `json:"names"`
}

// nicsOf is the NICs in the order of their slots.
func nicsOf(devices object.VirtualDeviceList) object.VirtualDeviceList {
	nics := devices.SelectByType((*types.VirtualEthernetCard)(nil))
	sort.SliceStable(nics, func(i, j int) bool {
		a, b := nics[i].GetVirtualDevice(), nics[j].GetVirtualDevice()
		if unit(a) != unit(b) {
			return unit(a) < unit(b)
		}
		return a.Key < b.Key
	})
	return nics
}

// of is the value, and the edits of the VM's NICs including those that it needs itself. A standalone ESXi host assigns a MAC
// address at the first power-on only, which is too late for the guest: such a NIC gets a static one.
func (n *nicNames) of(
	vm *mo.VirtualMachine, edits []types.BaseVirtualDeviceConfigSpec,
) (string, []types.BaseVirtualDeviceConfigSpec, *problem) {
	nics := nicsOf(vm.Config.Hardware.Device)
	var pairs []string
	for _, one := range n.Names {
		if one.Index >= len(nics) {
			return "", nil, &problem{Problem: "no-such-nic", Index: one.Index}
		}
		nic := nics[one.Index]
		card := nic.(types.BaseVirtualEthernetCard).GetVirtualEthernetCard()
		if isBlank(card.MacAddress) {
			card.AddressType = string(types.VirtualEthernetCardMacTypeManual)
			card.MacAddress = staticMAC(vm.Config, card.Key)
			if !isEdited(nic, edits) {
				edits = append(edits, edit(nic))
			}
		}
		pairs = append(pairs, strings.ToLower(card.MacAddress)+"="+one.Name)
	}
	return strings.Join(pairs, ","), edits, nil
}

func isBlank(mac string) bool { return strings.Trim(mac, "0:") == "" }

func isEdited(nic types.BaseVirtualDevice, edits []types.BaseVirtualDeviceConfigSpec) bool {
	for _, one := range edits {
		if one.GetVirtualDeviceConfigSpec().Device == nic {
			return true
		}
	}
	return false
}

// staticMAC is in VMware's range for static addresses, 00:50:56:00:00:00 to 00:50:56:3f:ff:ff. One NIC of a VM always gets the
// same.
func staticMAC(config *types.VirtualMachineConfigInfo, key int32) string {
	sum := sha256.Sum256([]byte(fmt.Sprintf("%s %s %d", config.Uuid, config.InstanceUuid, key)))
	return fmt.Sprintf("00:50:56:%02x:%02x:%02x", sum[0]&0x3f, sum[1], sum[2])
}

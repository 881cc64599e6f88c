"""A USB bus with one receipt printer on it, below the real pyusb: descriptors, bulk transfers, and what else was done."""

from array import array
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import usb.core
from usb.backend import IBackend

from tests.harness.printers import STATUS_COMMAND

OUT, IN = 0x03, 0x84
PRINTER_CLASS, VENDOR_CLASS, HID_CLASS = 0x07, 0xFF, 0x03
BULK, INTERRUPT = 0x02, 0x03
NO_STRINGS = {"iManufacturer": 0, "iProduct": 0, "iSerialNumber": 0}


class UsbPrinter(IBackend):
    """A device of two interfaces: a keyboard-like one first, then the printer on endpoints 3 and 4.

    It takes ``at_once`` bytes in a transfer, then says how many, as the kernel does when a transfer runs out of time;
    after ``takes`` bytes it takes none. ``replies`` are read back byte by byte; ``log`` holds what was done beside that.
    """

    def __init__(self, *, printer_class: int = PRINTER_CLASS, at_once: int = 4096, takes: int = 1_000_000) -> None:
        self.printer_class, self.at_once, self.takes = printer_class, at_once, takes
        self.data = b""
        self.replies: list[int] = []
        self.answers = True
        self.timeouts: list[int] = []
        self.log: list[str] = []

    def find(self) -> usb.core.Device:
        """Return the device as a program finds it."""
        return usb.core.find(backend=self)

    # What pyusb reads before anything is opened.

    def enumerate_devices(self) -> Iterator[object]:
        yield self

    def get_parent(self, _device: object) -> None:
        return None

    def get_device_descriptor(self, _device: object) -> SimpleNamespace:
        place = {"address": 5, "bus": 1, "port_number": 1, "port_numbers": (1,), "speed": 3, "bMaxPacketSize0": 64}
        kind = {"bDeviceClass": 0, "bDeviceSubClass": 0, "bDeviceProtocol": 0, "bcdUSB": 0x200, "bcdDevice": 0x100}
        names = {"idVendor": 0x04B8, "idProduct": 0x0E15, "bNumConfigurations": 1, **NO_STRINGS}
        return SimpleNamespace(bLength=18, bDescriptorType=1, **place, **kind, **names)

    def get_configuration_descriptor(self, _device: object, index: int) -> SimpleNamespace:
        if index:
            raise IndexError(index)
        size = {"bLength": 9, "wTotalLength": 64, "bNumInterfaces": 2}
        power = {"bmAttributes": 0xC0, "bMaxPower": 1}
        return SimpleNamespace(
            bDescriptorType=2, bConfigurationValue=1, iConfiguration=0, extra_descriptors=[], **size, **power
        )

    def get_interface_descriptor(self, _device: object, index: int, alternate: int, _config: int) -> SimpleNamespace:
        if alternate:
            raise IndexError(alternate)
        return SimpleNamespace(
            bLength=9,
            bDescriptorType=4,
            bInterfaceNumber=index,
            bAlternateSetting=0,
            bNumEndpoints=1 + index,
            bInterfaceClass=[HID_CLASS, self.printer_class][index],
            bInterfaceSubClass=1,
            bInterfaceProtocol=2,
            iInterface=0,
            extra_descriptors=[],
        )

    def get_endpoint_descriptor(
        self, _device: object, index: int, interface: int, _alternate: int, _config: int
    ) -> SimpleNamespace:
        address, kind = [[(0x81, INTERRUPT)], [(IN, BULK), (OUT, BULK)]][interface][index]
        return SimpleNamespace(
            bLength=7,
            bDescriptorType=5,
            bEndpointAddress=address,
            bmAttributes=kind,
            wMaxPacketSize=64,
            bInterval=0,
            bRefresh=0,
            bSynchAddress=0,
            extra_descriptors=[],
        )

    # What a program does with it.

    def open_device(self, device: object) -> object:
        return device

    def close_device(self, _handle: object) -> None:
        self.log.append("close")

    def get_configuration(self, _handle: object) -> int:
        return 1

    def set_configuration(self, _handle: object, _value: int) -> None:
        self.log.append("configure")

    def reset_device(self, _handle: object) -> None:
        self.log.append("reset")

    def is_kernel_driver_active(self, _handle: object, interface: int) -> bool:
        return f"detach {interface}" not in self.log

    def detach_kernel_driver(self, _handle: object, interface: int) -> None:
        self.log.append(f"detach {interface}")

    def claim_interface(self, _handle: object, interface: int) -> None:
        self.log.append(f"claim {interface}")

    def release_interface(self, _handle: object, interface: int) -> None:
        self.log.append(f"release {interface}")

    def bulk_write(self, _handle: object, endpoint: int, _interface: int, data: "array[Any]", timeout: int) -> int:
        assert endpoint == OUT
        self.timeouts.append(timeout)
        piece = data.tobytes()[: min(self.at_once, self.takes)]
        if not piece:
            raise usb.core.USBTimeoutError("Operation timed out")
        if piece.startswith(STATUS_COMMAND):
            self.replies += [0x12] if self.answers else []
        else:
            self.takes -= len(piece)
            self.data += piece
        return len(piece)

    def bulk_read(self, _handle: object, endpoint: int, _interface: int, buffer: "array[Any]", timeout: int) -> int:
        assert endpoint == IN
        self.timeouts.append(timeout)
        if not self.replies:
            raise usb.core.USBTimeoutError("Operation timed out")
        buffer[0] = self.replies.pop(0)
        return 1

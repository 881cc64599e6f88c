"""The way to a printer on USB (extra « usb »)."""

import time
from typing import Self

import usb.core
import usb.util

from eguichet_kiosk_bridge.printer_ports import WITHIN, read_until

PRINTER_CLASS = 7


class UsbPort:
    """A printer on USB; claimed and never reset, for the last ticket may still be coming out."""

    seconds_per_byte = 0.0

    def __init__(self, device: usb.core.Device) -> None:
        """Take the printer from the kernel's own driver, if that has it."""
        self._device = device
        interface, self._out, self._back = find_printer_interface(device)
        number = interface.bInterfaceNumber
        if device.is_kernel_driver_active(number):
            device.detach_kernel_driver(number)
        usb.util.claim_interface(device, number)
        # A reply that came too late for the last exchange would pass for the first of this one.
        read_until(self, 64, 0.01)

    @classmethod
    def find(cls, vendor: int, product: int) -> Self:
        """Open the first printer of this kind."""
        try:
            device = usb.core.find(idVendor=vendor, idProduct=product)
        except usb.core.NoBackendError as error:
            message = "libusb-1.0 is not installed"
            raise OSError(message) from error
        if device is None:
            message = f"no printer {vendor:04x}:{product:04x} on USB"
            raise FileNotFoundError(message)
        return cls(device)

    def send(self, data: bytes) -> None:
        """Hand over every byte within two seconds in all; the printer takes them piece by piece."""
        end = time.monotonic() + WITHIN
        while data:
            if (left := end - time.monotonic()) <= 0:
                message = "the printer takes no more bytes"
                raise TimeoutError(message)
            data = data[self._out.write(data, to_milliseconds(left)) :]

    def receive(self, within: float) -> bytes:
        """Return what arrives; a printer without a way back says nothing."""
        if self._back is None:
            return b""
        try:
            return bytes(self._back.read(self._back.wMaxPacketSize, to_milliseconds(within)))
        except usb.core.USBTimeoutError:
            return b""

    def close(self) -> None:
        """Let go of the device."""
        usb.util.dispose_resources(self._device)

    def abandon(self) -> None:
        """Let go of the device; nothing waits on this side, a transfer that ran out of time is over."""
        self.close()


def find_printer_interface(
    device: usb.core.Device,
) -> tuple[usb.core.Interface, usb.core.Endpoint, usb.core.Endpoint | None]:
    """Return where tickets go in, and the ways in and back; one of the printer class comes before a maker's own."""
    for interface in sorted(device.get_active_configuration(), key=lambda one: one.bInterfaceClass != PRINTER_CLASS):
        if out := find_endpoint(interface, usb.util.ENDPOINT_OUT):
            return interface, out, find_endpoint(interface, usb.util.ENDPOINT_IN)
    message = "this USB device is no printer"
    raise OSError(message)


def find_endpoint(interface: usb.core.Interface, direction: int) -> usb.core.Endpoint | None:
    """Return the first bulk endpoint of this direction."""
    return usb.util.find_descriptor(
        interface,
        custom_match=lambda one: (
            usb.util.endpoint_direction(one.bEndpointAddress) == direction
            and usb.util.endpoint_type(one.bmAttributes) == usb.util.ENDPOINT_TYPE_BULK
        ),
    )


def to_milliseconds(seconds: float) -> int:
    """Return whole milliseconds, at least one: zero means for ever."""
    return max(1, int(seconds * 1000))
